import { Refusal } from '../core/access/refusal.js'
import { isUsername } from '../core/people/identifiers.js'
import type { Token } from '../core/token/token.js'
import { assignGids } from '../people/assign-gids.js'
import { findAtSignIn } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { savePerson } from '../storage/postgres/people.js'
import type { Origin } from '../tokens/open-session.js'
import { SignInFailure } from './failure.js'
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
  { groups, logoutToken: _notStored, ...described }: Identity,
  origin: Origin,
): Promise<Token | SignInFailure> {
  const { username } = described
  if (!isUsername(username))
    return new SignInFailure(
      'unusable_username',
      `the user name ${JSON.stringify(username.slice(0, 80))} cannot be used`,
    )
  const person = { ...described, ...(groups && { groups: await assignGids(context, groups) }) }
  if (!(await savePerson(context, provider, person, context.clock())))
    return new SignInFailure('name_taken', `the user name ${username} belongs to another source`, undefined, username)
  const outcome = await startSession(context, (await findAtSignIn(context, username)) ?? person, {
    ...origin,
    provider,
  })
  if (!(outcome instanceof Refusal)) return outcome
  return new SignInFailure(outcome.code, `${username}: ${outcome.message}`, undefined, username)
}
