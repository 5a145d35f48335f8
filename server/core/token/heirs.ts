import { Refusal } from '../access/refusal.js'
import { intersectRestrictions, isWithin } from '../access/restriction.js'
import type { EpochSeconds } from '../time.js'
import { checkExpiry, endsLater } from './lifetime.js'
import type { TokenRecord } from './record.js'
import { type Scope, scopesOfGroups } from './scope.js'
import type { TokenKey } from './token.js'

/*
 * A token that another token made is its heir. Attack: a thief of a token that ends tonight makes one that never ends, and
 * with that one a third; revoking the first would change nothing. So an heir ends no later than its maker, knows its
 * makers, and is granted nothing by having been made. Sessions are how people make tokens of any length: they have no heirs.
 */

/** How many tokens, each made with the one before, may stand behind one. */
export const MAXIMUM_MAKERS = 8

/** Returns whether what a token makes is its heir. */
export function leavesHeirs({ type }: Pick<TokenRecord, 'type'>): boolean {
  return type !== 'session'
}

/**
 * Returns the makers of what a token makes: itself, and then its own. Refuses with `permission_denied` beyond
 * {@link MAXIMUM_MAKERS}.
 */
export function makersOfHeir(maker: TokenRecord): readonly TokenKey[] | Refusal {
  if (!leavesHeirs(maker)) return []
  const makers = [maker.key, ...(maker.makers ?? [])]
  if (makers.length <= MAXIMUM_MAKERS) return makers
  return new Refusal('permission_denied', 'Too many tokens have been made with one another; sign in to create one')
}

/**
 * Computes the end of what a token makes. A request without an end gets its maker's; a request with a later one is refused
 * with `invalid_expires`, as it is beyond a site's longest lifetime.
 *
 * @param end by the site's policy
 */
export function endOfHeir(
  maker: TokenRecord,
  wanted: EpochSeconds | undefined,
  end: EpochSeconds | undefined,
  now: EpochSeconds,
): EpochSeconds | undefined | Refusal {
  if (!leavesHeirs(maker) || maker.expires === undefined) return end
  if (wanted !== undefined && endsLater(wanted, maker.expires)) {
    return new Refusal('invalid_expires', 'A token cannot last longer than the token that creates it')
  }
  const earlier = Math.min(end ?? maker.expires, maker.expires)
  return checkExpiry(earlier, now) ?? earlier
}

/**
 * Returns the scopes that the holder of a token may give a token of their own. Those that an administrator granted stay
 * with the granted token, or a copy would outlive the grant.
 *
 * @param mapping scope → groups; absent where tokens keep their scopes in all groups of their owners
 */
export function scopesForHeirs(
  { scopes, granted, groups }: TokenRecord,
  mapping: ReadonlyMap<Scope, ReadonlySet<string>> | undefined,
): readonly Scope[] {
  if (!granted || !mapping || !groups) return scopes
  const held = scopesOfGroups(groups, mapping)
  return scopes.filter((scope) => held.includes(scope))
}

/**
 * Returns an heir after an edit of its maker: without the scopes, the time and the places that the maker lost; the same object
 * if it has none of them.
 */
export function narrowedHeir(heir: TokenRecord, before: TokenRecord, after: TokenRecord): TokenRecord {
  const lost = before.scopes.filter((scope) => !after.scopes.includes(scope))
  const scopes = heir.scopes.filter((scope) => !lost.includes(scope))
  const shortened = endsLater(before.expires, after.expires) && endsLater(heir.expires, after.expires)
  const bound = !isWithin(heir.restriction, after.restriction)
  if (scopes.length === heir.scopes.length && !shortened && !bound) return heir
  const expires = shortened ? after.expires : heir.expires
  const restriction = bound ? intersectRestrictions(heir.restriction, after.restriction) : heir.restriction
  return {
    ...heir,
    scopes,
    ...(expires !== undefined && { expires }),
    ...(restriction && { restriction }),
  }
}
