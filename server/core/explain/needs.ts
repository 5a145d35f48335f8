import type { Requirement } from '../access/requirement.js'
import { inWords } from '../token/lifetime.js'
import type { Scope } from '../token/scope.js'
import { listed, scopesInWords } from './steps.js'

/** Describes a requirement: a sentence for each thing that a request to the location needs. */
export function needsOf(required: Requirement): string[] {
  const { onlyServices, username, userDomain, minimumLifetime, allowCookies, programs, optional } = required
  return [
    credential(required),
    ...(onlyServices.length > 0 ? [`Only tokens made for the service ${listed(onlyServices, 'or')} pass.`] : []),
    ...(username === undefined ? [] : [`Only the user ${username} passes.`]),
    ...(userDomain ? ['Only the user whose name begins the host name passes.'] : []),
    ...(minimumLifetime === undefined ? [] : [`The token is valid for at least ${inWords(minimumLifetime)} more.`]),
    ...(programs ? ['While data are reserved, their investigators and the users they gave access to pass.'] : []),
    ...(allowCookies ? [] : ['Browser sessions do not count: a token must be sent.']),
    ...(optional === 'false' ? [] : ['Requests without a token pass, too, and get what is public.']),
  ]
}

function credential({ scopes, satisfy }: Requirement): string {
  if (scopes.length === 0) return 'A valid token of any scope, or a session.'
  if (satisfy === 'any' && scopes.length > 1) return `A token with one of ${scopesInWords(scopes, 'or')}.`
  return `A token with ${scopesInWords(scopes)}.`
}

/** A new user token that would pass, or why none can. */
export type Remedy =
  | { readonly kind: 'create'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'lacking'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'impossible'; readonly sentence: string }

/**
 * Determines which new token of a user would pass a location; only by what a user can choose in the form.
 *
 * @param held the scopes that the user's session may give
 */
export function remedyFor(required: Requirement, username: string, held: readonly Scope[]): Remedy {
  const { scopes, satisfy, onlyServices, username: only } = required
  if (only !== undefined && only !== username)
    return { kind: 'impossible', sentence: `This is for the user ${only} alone.` }
  if (onlyServices.length > 0)
    return {
      kind: 'impossible',
      sentence: `Only the service ${listed(onlyServices, 'or')} can ask here, with the token that it gets for its user.`,
    }
  const has = scopes.filter((each) => held.includes(each))
  const enough = satisfy === 'all' ? has.length === scopes.length : has.length > 0 || scopes.length === 0
  if (!enough) return { kind: 'lacking', scopes: scopes.filter((each) => !held.includes(each)) }
  return { kind: 'create', scopes: satisfy === 'all' ? has : has.slice(0, 1) }
}
