import { accountObject } from '../core/audit/event.js'
import { claimName, type ProvidedIdentity } from '../core/people/identity.js'
import type { EpochSeconds } from '../core/time.js'
import type { Person } from '../core/token/owner-limits.js'
import { personTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { appendIdentityChange } from '../storage/postgres/identity/history.js'
import { findNameHolder, lockName } from '../storage/postgres/identity/name-holder.js'
import { savePerson } from '../storage/postgres/people.js'
import { commit } from '../storage/unit-of-work.js'

/**
 * Saves the claims of a user who has just signed in, and binds the user name to their identity at the first time. Invalidates
 * the user, or cached tokens would keep the groups of the last sign-in.
 *
 * @returns false, without a write, when the name belongs to another user
 */
export function saveIdentity(
  context: Pick<Context, 'postgres' | 'invalidations' | 'audit' | 'settings'>,
  identity: ProvidedIdentity,
  person: Omit<Person, 'disabled'>,
  at: EpochSeconds,
): Promise<boolean> {
  const { username } = person
  return commit(context, async (work) => {
    const { db, invalidate, record } = work
    await lockName(db, username)
    const claim = claimName(await findNameHolder(db, username), identity)
    if (claim === 'taken') return false
    invalidate(personTopic(username))
    await savePerson(db, identity, person, at)
    const { provider, issuer, subject } = identity
    if (claim === 'bind') {
      const bound = { username, provider, identity: { issuer, subject } }
      await appendIdentityChange(db, { ...bound, action: 'bind', actor: username, at })
      const actor = { username, via: 'sign-in' } as const
      record({ action: 'account.bind', actor, object: accountObject(username), after: { ...identity } })
    }
    return true
  })
}
