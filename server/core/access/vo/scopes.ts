import { isHandedOn, type Scope, sortScopes } from '../../token/scope.js'

/**
 * Returns the scopes of a token that a VO login answers with: those of its parent, but neither those of administrators nor the one
 * that manages tokens.
 *
 * Attack: a service of another operator names our login in its challenge, and the user's client hands it the token. It must be
 * worth no more than rows of a table: no new token, which would outlive it, and nothing of the site's.
 *
 * @param known a parent may hold a scope that the site has given up; no token is delegated with it
 */
export function voScopes(held: readonly Scope[], known: ReadonlyMap<Scope, string>): readonly Scope[] {
  return sortScopes(held.filter((scope) => known.has(scope) && isHandedOn(scope)))
}
