import { Refusal } from '../core/access/refusal.js'
import { INTERNAL } from '../core/token/history.js'
import type { Person } from '../core/token/owner-limits.js'
import { isAdminScope, isAdmitted, type Scope, scopesOfGroups } from '../core/token/scope.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { readLockdown } from '../storage/postgres/lockdown.js'
import { openSession } from '../tokens/open-session.js'
import { revokeToken } from '../tokens/revoke.js'
import { type BrowserOrigin, deviceOf } from './browser/device-cookie.js'
import { isEmergencySignIn, recordEmergencySignIn } from './emergency.js'

/**
 * Refuses a session to an authenticated user: `account_disabled`; `no_access` if no group of the user grants a scope;
 * `locked_down` during a lockdown of the site, `restore_unconfirmed` until a restore of it is confirmed.
 */
export async function refuseSession(
  context: Context,
  person: Person,
  origin: BrowserOrigin,
): Promise<Refusal | undefined> {
  // Emergency accounts as well: their old passwords may be back.
  if (context.restoreLock.unconfirmed.length > 0) return new Refusal('restore_unconfirmed')
  if (person.disabled) return new Refusal('account_disabled')
  const emergency = await isEmergencySignIn(context, person.username, origin)
  if (!emergency && (await readLockdown(context.postgres))) return new Refusal('locked_down')
  return isAdmitted(groupsOf(person), context.settings.groupMapping) ? undefined : new Refusal('no_access')
}

/**
 * Opens a session for an authenticated user: the last step of every way to sign in. Refuses as {@link refuseSession}.
 *
 * @param strength `isWeak`: the user authenticated in no way that the site requires of administrators. The session then has no
 *   `admin:*` scope. The sign-in is not refused, for most of an administrator's work needs none.
 */
export async function startSession(
  context: Context,
  person: Person,
  origin: BrowserOrigin,
  { isWeak }: { readonly isWeak: boolean } = { isWeak: false },
): Promise<Token | Refusal> {
  const refusal = await refuseSession(context, person, origin)
  if (refusal) return refusal
  const emergency = await isEmergencySignIn(context, person.username, origin)
  const held = scopesOf(context, person)
  const withheld = isWeak ? held.filter(isAdminScope) : []
  const signedIn = {
    username: person.username,
    scopes: held.filter((scope) => !withheld.includes(scope)),
    groups: groupsOf(person),
    ...(withheld.length > 0 && { withheld }),
    ...(person.name !== undefined && { ownerName: person.name }),
    ...(person.email !== undefined && { email: person.email }),
  }
  if (withheld.length > 0) {
    context.log.warn({ user: person.username, provider: origin.provider, withheld }, 'Administrator scopes withheld')
  }
  if (emergency) await recordEmergencySignIn(context, person.username, origin)
  const { deviceCookie, ...place } = origin
  const isKnown = (await deviceOf(context, deviceCookie, person.username)) !== undefined
  const token = await openSession(context, signedIn, { ...place, isKnown })
  // A lockdown that began while the session was opened may have been too late for the first look.
  if (emergency || !(await readLockdown(context.postgres))) return token
  await revokeToken(context, person.username, token.key, INTERNAL)
  return new Refusal('locked_down')
}

function groupsOf({ groups = [] }: Person): readonly string[] {
  return groups.map(({ name }) => name)
}

function scopesOf({ settings }: Context, person: Person): readonly Scope[] {
  return scopesOfGroups(groupsOf(person), settings.groupMapping)
}
