import { Refusal } from '../../core/access/refusal.js'
import type { AuditObject } from '../../core/audit/event.js'
import { isoTime } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import type { Transaction } from '../../storage/postgres/client.js'
import { beginLockdown, endLockdown, isLockedDown, type Lockdown } from '../../storage/postgres/lockdown.js'
import { commit } from '../../storage/unit-of-work.js'

/** The site as a whole, as the object of an act. */
export const SITE: AuditObject = { type: 'site', id: 'site' }

/**
 * Locks the site down: from now on no user signs in but emergency accounts, and no caller gets a new token: users, administrators
 * and emergency accounts alike. Sessions and tokens that exist are valid until they are revoked, and services get the tokens that are derived from them.
 *
 * @returns the lockdown before this one; its time goes on
 */
export function lockDown(context: Context, reason: string | undefined, actor: Actor): Promise<Lockdown | undefined> {
  const since = context.clock()
  return commit(context, async (work) => {
    const before = await beginLockdown(work.db, { since, ...(reason !== undefined && { reason }) })
    work.record({
      action: 'lockdown.on',
      actor,
      object: SITE,
      ...(before && { before: factsOf(before) }),
      after: factsOf({ ...before, since: before?.since ?? since, ...(reason !== undefined && { reason }) }),
    })
    return before
  })
}

/** Ends the lockdown. @returns the lockdown that was ended */
export function liftLockdown(context: Context, actor: Actor): Promise<Lockdown | undefined> {
  return commit(context, async (work) => {
    const before = await endLockdown(work.db)
    if (before) work.record({ action: 'lockdown.off', actor, object: SITE, before: factsOf(before) })
    return before
  })
}

/** Refuses a new token during a lockdown. Comes first in the transaction that creates it. */
export async function refuseInLockdown(db: Transaction): Promise<Refusal | undefined> {
  return (await isLockedDown(db)) ? new Refusal('locked_down') : undefined
}

function factsOf({ since, reason }: Lockdown) {
  return { since: isoTime(since), ...(reason !== undefined && { reason }) }
}
