import { Refusal } from '../core/access/refusal.js'
import { accountObject } from '../core/audit/event.js'
import { isSame, type Subject } from '../core/people/identity.js'
import type { Actor } from '../core/token/history.js'
import { ALL_PROGRAMS } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { appendIdentityChange } from '../storage/postgres/identity/history.js'
import { findNameHolder, lockName } from '../storage/postgres/identity/name-holder.js'
import { commit } from '../storage/unit-of-work.js'

/** Confirms that a user of a provider is the investigator that archives named before the user signed in. */
export async function confirmInvestigator(
  context: Context,
  username: string,
  actor: Actor,
  expected?: Subject,
): Promise<{ readonly programs: number } | Refusal> {
  return commit(context, async ({ db, invalidate, record }) => {
    await lockName(db, username)
    const holder = await findNameHolder(db, username)
    const isExpected = !expected || (holder?.is === 'person' && holder.identity && isSame(holder.identity, expected))
    if (holder?.is !== 'person' || !isExpected) return new Refusal('account_unknown')
    invalidate(ALL_PROGRAMS)
    const where = { kind: 'username', name: username, awaiting: true } as const
    const { count } = await db.programInvestigator.updateMany({ where, data: { awaiting: false } })
    const { provider, identity } = holder
    const change = { username, provider, ...(identity && { identity }), at: context.clock() }
    const who = { actor: actor.username, ...(actor.address !== undefined && { address: actor.address }) }
    await appendIdentityChange(db, { ...change, action: 'confirm', ...who })
    record({
      action: 'account.confirm',
      actor,
      object: accountObject(username),
      after: { ...identity, programs: count },
    })
    return { programs: count }
  })
}
