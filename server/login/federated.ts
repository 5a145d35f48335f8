import { Refusal } from '../core/access/refusal.js'
import { isUsername } from '../core/people/identifiers.js'
import { isSubject, type ProvidedIdentity } from '../core/people/identity.js'
import type { Token } from '../core/token/token.js'
import { assignGids } from '../people/assign-gids.js'
import { findAtSignIn } from '../people/find-person.js'
import { mayUseName, refuseName } from '../people/refuse-name.js'
import { saveIdentity } from '../people/save-identity.js'
import type { Context } from '../storage/context.js'
import type { BrowserOrigin } from './browser/device-cookie.js'
import { SignInFailure, unusableUsername } from './failure.js'
import type { Identity } from './providers/provider.js'
import { startSession } from './start-session.js'

const MAX_LOGGED = 20
const MAX_LOGGED_LENGTH = 80

/**
 * Saves the identity that a provider vouches for, then opens a session. It is saved even if the sign-in is then refused: a
 * directory's groups take precedence over the provider's, and administrators can find the user.
 *
 * @param provider its `id`
 */
export async function linkIdentity(
  context: Context,
  provider: string,
  identity: Identity,
  origin: BrowserOrigin,
): Promise<Token | SignInFailure> {
  const { groups, subject, authenticated, isWeak, leftOut, groupsWithheld, ...rest } = identity
  const { logoutToken: _notStored, ...described } = rest
  const { username } = described
  if (!isUsername(username)) return unusableUsername(username)
  const owner = { provider, ...subject }
  if (!isSubject(owner)) return new SignInFailure('provider_failed', 'the identifier of the user cannot be stored')
  // Asked before anything is written for this user, and again in the transaction that writes.
  if (!(await mayUseName(context, username, owner))) return refuse(context, username, owner, origin)
  const person = { ...described, ...(groups && { groups: await assignGids(context, groups) }) }
  if (!(await saveIdentity(context, owner, person, context.clock()))) return refuse(context, username, owner, origin)
  logLeftOut(context, { user: username, provider }, leftOut, groupsWithheld)
  const from = { ...origin, provider, ...(authenticated !== undefined && { authenticated }) }
  const known = (await findAtSignIn(context, username)) ?? person
  if (known.email !== undefined && !known.emailVerified)
    context.log.info({ user: username, provider }, 'E-mail address not verified')
  const outcome = await startSession(context, known, from, { isWeak: isWeak === true })
  if (!(outcome instanceof Refusal)) return outcome
  if (outcome.code === 'no_access' && groupsWithheld !== undefined)
    return new SignInFailure('groups_withheld', `${username}: ${groupsWithheld}`, { username })
  return new SignInFailure(outcome.code, `${username}: ${outcome.message}`, { username })
}

/** Logs the groups that a provider's user does not have here, so that an operator can map them (`groupNames`). */
function logLeftOut(
  { log }: Context,
  who: { readonly user: string; readonly provider: string },
  leftOut: readonly string[] = [],
  withheld?: string,
): void {
  const groups = leftOut.slice(0, MAX_LOGGED).map((name) => name.slice(0, MAX_LOGGED_LENGTH))
  if (groups.length > 0) log.warn({ ...who, groups, count: leftOut.length }, 'Provider groups left out')
  if (withheld !== undefined) log.warn({ ...who, cause: withheld }, 'Provider groups withheld')
}

async function refuse(
  context: Context,
  username: string,
  identity: ProvidedIdentity,
  { address }: BrowserOrigin,
): Promise<SignInFailure> {
  await refuseName(context, username, identity, address)
  return new SignInFailure('name_taken', `the user name ${username} belongs to another user`, { username })
}
