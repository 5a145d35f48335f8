import { Refusal } from '../core/access/refusal.js'
import { accountObject } from '../core/audit/event.js'
import { isSame, isSubject, type ProvidedIdentity, type Subject } from '../core/people/identity.js'
import type { Actor } from '../core/token/history.js'
import { ALL_PROGRAMS, personTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { appendIdentityChange } from '../storage/postgres/identity/history.js'
import { findNameHolder, lockName } from '../storage/postgres/identity/name-holder.js'
import { deletePreferences } from '../storage/postgres/identity/preferences.js'
import { deleteRefusedIdentities } from '../storage/postgres/identity/refusals.js'
import { deleteNotices } from '../storage/postgres/notices/notices.js'
import { deleteConsents } from '../storage/postgres/openid/consents.js'
import { deletePerson, disablePerson, rebindPerson } from '../storage/postgres/people.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from '../tokens/revoke.js'
import { revokeEverything } from '../tokens/revoke-everything.js'
import { asOneAct } from '../tokens/several/one-act.js'

/** The identity that is thought to own a name; a change is refused when another one does by then. */
type Expected = Subject | undefined

/**
 * Releases the user name of a user of a provider who will not return: the next identity that brings it gets it.
 *
 * Attack: the next owner must not inherit. The user is disabled first, so that no session is opened while everything of
 * theirs is revoked, and deleted last: a release that was interrupted leaves a disabled user, and is done again.
 */
export async function releaseName(
  context: Context,
  username: string,
  by: Actor,
  expected?: Expected,
): Promise<{ readonly revoked: number } | Refusal> {
  const actor = asOneAct(context, by)
  const disabled = { disabled: context.clock() }
  const isFound = await commit(context, async (work) => {
    await lockName(work.db, username)
    const holder = await findNameHolder(work.db, username)
    return holder?.is === 'person' && agrees(holder.identity, expected) && disablePerson(work, username, disabled)
  })
  if (!isFound) return new Refusal('account_unknown')
  const revoked = await revokeEverything(context, username, actor)
  await commit(context, async ({ db, invalidate, record }) => {
    await lockName(db, username)
    const holder = await findNameHolder(db, username)
    if (holder?.is !== 'person') return
    invalidate(personTopic(username))
    invalidate(ALL_PROGRAMS)
    await deletePerson(db, username)
    await deleteRefusedIdentities(db, username)
    await deleteNotices(db, username)
    await deleteConsents(db, username)
    await deletePreferences(db, username)
    // The archive named the former owner, not the next one.
    await db.programInvestigator.updateMany({ where: { kind: 'username', name: username }, data: { awaiting: true } })
    const { provider, identity: old } = holder
    const change = { username, provider, ...(old && { old }), at: context.clock() }
    await appendIdentityChange(db, { ...change, action: 'release', ...whoOf(actor) })
    record({ action: 'account.release', actor, object: accountObject(username), before: { provider, ...old } })
  })
  return { revoked }
}

/**
 * Binds a user name to another identity of the same user, whose identifier at the provider has changed. Tokens stay; sessions
 * are revoked, so that only the new identity can open one.
 */
export async function rebindName(
  context: Context,
  username: string,
  { to, expected }: { readonly to: ProvidedIdentity; readonly expected?: Expected },
  by: Actor,
): Promise<{ readonly sessionsEnded: number } | Refusal> {
  const actor = asOneAct(context, by)
  if (!isSubject(to)) return new Refusal('invalid_account', 'An issuer and a subject are needed')
  const at = context.clock()
  const isBound = await commit(context, async ({ db, invalidate, record }) => {
    await lockName(db, username)
    const holder = await findNameHolder(db, username)
    if (holder?.is !== 'person' || !agrees(holder.identity, expected)) return false
    invalidate(personTopic(username))
    await rebindPerson(db, username, to)
    await deleteRefusedIdentities(db, username, to)
    const { provider, ...identity } = to
    const old = holder.identity
    const change = { username, provider, identity, ...(old && { old }), at }
    await appendIdentityChange(db, { ...change, action: 'rebind', ...whoOf(actor) })
    const before = { provider: holder.provider, ...old }
    record({ action: 'account.rebind', actor, object: accountObject(username), before, after: { ...to } })
    return true
  })
  if (!isBound) return new Refusal('account_unknown')
  return { sessionsEnded: await endSessions(context, username, actor) }
}

const agrees = (present: Subject | undefined, expected: Expected) =>
  expected === undefined || (present !== undefined && isSame(present, expected))

const whoOf = ({ username, address }: Actor) => ({ actor: username, ...(address !== undefined && { address }) })
