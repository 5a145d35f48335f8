import { Refusal } from '../core/access/refusal.js'
import { INTERNAL } from '../core/token/history.js'
import type { Person } from '../core/token/owner-limits.js'
import { scopesOfGroups, USER_TOKEN } from '../core/token/scope.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { readLockdown } from '../storage/postgres/lockdown.js'
import { type Origin, openSession } from '../tokens/open-session.js'
import { revokeToken } from '../tokens/revoke.js'
import { isEmergencySignIn, recordEmergencySignIn } from './emergency.js'

/**
 * Opens a session for an authenticated user: the last step of every way to sign in. Refuses with `account_disabled`, with
 * `no_access` if no group of the user grants a scope, or with `locked_down` during a lockdown of the site.
 */
export async function startSession(context: Context, person: Person, origin: Origin): Promise<Token | Refusal> {
  if (person.disabled) return new Refusal('account_disabled')
  const emergency = await isEmergencySignIn(context, person.username, origin)
  if (!emergency && (await readLockdown(context.postgres))) return new Refusal('locked_down')
  const groups = person.groups?.map(({ name }) => name) ?? []
  const scopes = scopesOfGroups(groups, context.settings.groupMapping)
  if (scopes.every((scope) => scope === USER_TOKEN)) return new Refusal('no_access')
  const signedIn = {
    username: person.username,
    scopes,
    groups,
    ...(person.name !== undefined && { ownerName: person.name }),
    ...(person.email !== undefined && { email: person.email }),
  }
  if (emergency) await recordEmergencySignIn(context, person.username, origin)
  const token = await openSession(context, signedIn, origin)
  // A lockdown that began while the session was opened may have been too late for the first look.
  if (emergency || !(await readLockdown(context.postgres))) return token
  await revokeToken(context, person.username, token.key, INTERNAL)
  return new Refusal('locked_down')
}
