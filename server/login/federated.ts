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

/**
 * Saves the identity that a provider vouches for, then opens a session. It is saved even if the sign-in is then refused: a
 * directory's groups take precedence over the provider's, and administrators can find the user.
 *
 * @param provider its `id`
 */
export async function linkIdentity(
  context: Context,
  provider: string,
  { groups, subject, authenticated, isWeak, logoutToken: _notStored, ...described }: Identity,
  origin: BrowserOrigin,
): Promise<Token | SignInFailure> {
  const { username } = described
  if (!isUsername(username)) return unusableUsername(username)
  const identity = { provider, ...subject }
  if (!isSubject(identity)) return new SignInFailure('provider_failed', 'the identifier of the user cannot be stored')
  // Asked before anything is written for this user, and again in the transaction that writes.
  if (!(await mayUseName(context, username, identity))) return refuse(context, username, identity, origin)
  const person = { ...described, ...(groups && { groups: await assignGids(context, groups) }) }
  if (!(await saveIdentity(context, identity, person, context.clock())))
    return refuse(context, username, identity, origin)
  const from = { ...origin, provider, ...(authenticated !== undefined && { authenticated }) }
  const known = (await findAtSignIn(context, username)) ?? person
  if (known.email !== undefined && !known.emailVerified)
    context.log.info({ user: username, provider }, 'E-mail address not verified')
  const outcome = await startSession(context, known, from, { isWeak: isWeak === true })
  if (!(outcome instanceof Refusal)) return outcome
  return new SignInFailure(outcome.code, `${username}: ${outcome.message}`, { username })
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
