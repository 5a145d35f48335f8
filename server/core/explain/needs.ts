import type { Requirement } from '../access/requirement.js'
import type { Scope } from '../token/scope.js'
import type { Need, Obstacle } from './finding.js'

/** Lists what a request to a location needs. */
export function needsOf(required: Requirement): Need[] {
  const { onlyServices, username, userDomain, minimumLifetime, allowCookies, programs, optional } = required
  const needs: readonly (Need | false)[] = [
    credential(required),
    onlyServices.length > 0 && { is: 'needsService', services: onlyServices },
    username !== undefined && { is: 'needsUser', username },
    userDomain && { is: 'needsUserOfHost' },
    minimumLifetime !== undefined && { is: 'needsLifetime', seconds: minimumLifetime },
    programs !== undefined && { is: 'needsInvestigator' },
    !allowCookies && { is: 'needsToken' },
    optional !== 'false' && { is: 'admitsAnonymous' },
  ]
  return needs.filter((each) => each !== false)
}

function credential({ scopes, satisfy }: Requirement): Need {
  if (scopes.length === 0) return { is: 'needsAnyToken' }
  return { is: satisfy === 'any' && scopes.length > 1 ? 'needsOneScope' : 'needsScopes', scopes }
}

/** A new user token that would pass, or why none can. */
export type Remedy =
  | { readonly kind: 'create'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'lacking'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'impossible'; readonly because: Obstacle }

/**
 * Determines which new token of a user would pass a location; only by what a user can choose in the form.
 *
 * @param held the scopes that the user's session may give
 */
export function remedyFor(required: Requirement, username: string, held: readonly Scope[]): Remedy {
  const { scopes, satisfy, onlyServices, username: only } = required
  if (only !== undefined && only !== username)
    return { kind: 'impossible', because: { is: 'otherUser', username: only } }
  if (onlyServices.length > 0) return { kind: 'impossible', because: { is: 'onlyService', services: onlyServices } }
  const has = scopes.filter((each) => held.includes(each))
  const enough = satisfy === 'all' ? has.length === scopes.length : has.length > 0 || scopes.length === 0
  if (!enough) return { kind: 'lacking', scopes: scopes.filter((each) => !held.includes(each)) }
  return { kind: 'create', scopes: satisfy === 'all' ? has : has.slice(0, 1) }
}
