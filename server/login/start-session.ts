import { Refusal } from '../core/access/refusal.js'
import type { Person } from '../core/token/owner-limits.js'
import { scopesOfGroups, USER_TOKEN } from '../core/token/scope.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { type Origin, openSession } from '../tokens/open-session.js'

/**
 * Opens a session for an authenticated user: the last step of every way to sign in. Refuses with `account_disabled`, or with
 * `no_access` if no group of the user grants a scope.
 */
export async function startSession(context: Context, person: Person, origin: Origin): Promise<Token | Refusal> {
  if (person.disabled) return new Refusal('account_disabled')
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
  return openSession(context, signedIn, origin)
}
