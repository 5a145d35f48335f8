import type { AuditedAct, AuditFacts } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import { QUOTA_OVERRIDES } from './cache/topic.js'
import type { Context } from './context.js'
import { deleteOverrides, readOverrides, writeOverrides } from './redis/quota-counters.js'
import { commit, type UnitOfWork } from './unit-of-work.js'

const OBJECT = { type: 'quota', id: 'overrides' } as const

/**
 * Replaces the quota overrides, which are in Redis. Their audit event is committed first: a commit that fails has changed
 * nothing. Every process is told before the caller gets an answer.
 */
export async function replaceQuotaOverrides(context: Context, overrides: AuditFacts, actor: Actor): Promise<void> {
  const before = factsOf(await readOverrides(context.redis))
  const act = { action: 'quota.replace', actor, object: OBJECT, ...(before && { before }), after: overrides } as const
  await change(context, act, () => writeOverrides(context.redis, JSON.stringify(overrides)))
}

/** Deletes the quota overrides; false when there were none. */
export async function deleteQuotaOverrides(context: Context, actor: Actor): Promise<boolean> {
  const text = await readOverrides(context.redis)
  if (text === null) return false
  const before = factsOf(text)
  const act = { action: 'quota.delete', actor, object: OBJECT, ...(before && { before }) } as const
  await change(context, act, () => deleteOverrides(context.redis))
  return true
}

/** Commits the event of a change, then makes it. Where Redis fails then, an event of the failure follows. */
async function change(context: Context, act: AuditedAct, write: () => Promise<unknown>): Promise<void> {
  const record = async ({ record, invalidate }: UnitOfWork) => {
    invalidate(QUOTA_OVERRIDES)
    record(act)
  }
  await commit(context, record, async () => {
    try {
      await write()
    } catch (error) {
      context.audit.refuse({ ...act, code: 'store_unavailable' })
      throw error
    }
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
