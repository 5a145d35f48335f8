import type { AuditFacts } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from './context.js'
import { deleteOverrides, readOverrides, writeOverrides } from './redis/quota-counters.js'
import { commit } from './unit-of-work.js'

const OBJECT = { type: 'quota', id: 'overrides' } as const

/** Replaces the quota overrides, which are in Redis; the audit event is committed once they are. */
export async function replaceQuotaOverrides(context: Context, overrides: AuditFacts, actor: Actor): Promise<void> {
  await commit(context, async ({ record }) => {
    const before = parse(await readOverrides(context.redis))
    await writeOverrides(context.redis, JSON.stringify(overrides))
    record({ action: 'quota.replace', actor, object: OBJECT, ...(before && { before }), after: overrides })
  })
}

/** Deletes the quota overrides; false when there were none. */
export async function deleteQuotaOverrides(context: Context, actor: Actor): Promise<boolean> {
  return commit(context, async ({ record }) => {
    const before = parse(await readOverrides(context.redis))
    const deleted = await deleteOverrides(context.redis)
    if (deleted) record({ action: 'quota.delete', actor, object: OBJECT, ...(before && { before }) })
    return deleted
  })
}

function parse(overrides: string | null): AuditFacts | undefined {
  return overrides === null ? undefined : (JSON.parse(overrides) as AuditFacts)
}
