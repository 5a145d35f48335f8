import type { AuditFacts } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import { QUOTA_OVERRIDES } from './cache/topic.js'
import type { Context } from './context.js'
import { deleteOverrides, readOverrides, writeOverrides } from './redis/quota-counters.js'
import { commit } from './unit-of-work.js'

const OBJECT = { type: 'quota', id: 'overrides' } as const

/**
 * Replaces the quota overrides, which are in Redis. The audit event is committed once they are, and every process is told
 * before the caller gets an answer.
 */
export async function replaceQuotaOverrides(context: Context, overrides: AuditFacts, actor: Actor): Promise<void> {
  await commit(context, async ({ record, invalidate }) => {
    const before = factsOf(await readOverrides(context.redis))
    invalidate(QUOTA_OVERRIDES)
    await writeOverrides(context.redis, JSON.stringify(overrides))
    record({ action: 'quota.replace', actor, object: OBJECT, ...(before && { before }), after: overrides })
  })
}

/** Deletes the quota overrides; false when there were none. */
export async function deleteQuotaOverrides(context: Context, actor: Actor): Promise<boolean> {
  return commit(context, async ({ record, invalidate }) => {
    const before = factsOf(await readOverrides(context.redis))
    invalidate(QUOTA_OVERRIDES)
    const deleted = await deleteOverrides(context.redis)
    if (deleted) record({ action: 'quota.delete', actor, object: OBJECT, ...(before && { before }) })
    return deleted
  })
}

/** The overrides before a change. Unreadable ones are no reason to refuse the change that mends them. */
function factsOf(overrides: string | null): AuditFacts | undefined {
  if (overrides === null) return undefined
  try {
    return JSON.parse(overrides) as AuditFacts
  } catch {
    return { unreadable: overrides }
  }
}
