import { isUsername } from '../core/names.js'
import { Refusal } from '../core/refusal.js'
import type { Token } from '../core/token.js'
import { findAtSignIn } from '../people/directory.js'
import { numberGroups } from '../people/number-groups.js'
import type { Context } from '../stores/context.js'
import { rememberPerson } from '../stores/known-people.js'
import type { Origin } from '../tokens/open-session.js'
import { letIn } from './let-in.js'
import type { Identity } from './providers/provider.js'
import { SignInFailure } from './sign-in-failure.js'

/**
 * Signs in whom a provider vouches for. They are remembered first, whether or not they may come in: then a directory's word
 * on their groups counts over the provider's, as everywhere, and administrators find whom they are asked to help.
 *
 * @param provider its `id`
 */
export async function admit(
  context: Context,
  provider: string,
  { groups, keep: _keep, ...described }: Identity,
  origin: Origin,
): Promise<Token | SignInFailure> {
  const { username } = described
  if (!isUsername(username))
    return new SignInFailure(
      'unusable_username',
      `the user name ${JSON.stringify(username.slice(0, 80))} cannot be used`,
    )
  const person = { ...described, ...(groups && { groups: await numberGroups(context, groups) }) }
  if (!(await rememberPerson(context, provider, person, context.clock())))
    return new SignInFailure('name_taken', `the user name ${username} belongs to another source`, undefined, username)
  const outcome = await letIn(context, (await findAtSignIn(context, username)) ?? person, { ...origin, provider })
  if (!(outcome instanceof Refusal)) return outcome
  return new SignInFailure(outcome.code, `${username}: ${outcome.message}`, undefined, username)
}
