import { DAY } from '../../core/time.js'
import type { ListedToken } from './view-models.js'

/**
 * Returns the address of the form for another token with the same permissions. What a link to the form may fill in is in it,
 * and the key, which says whose settings they are; no name: the user has this one already.
 */
export function duplicateLink({ key, scopes, created, expires }: ListedToken): string {
  const lasts = expires === undefined ? 'never' : `${Math.max(1, Math.round((expires - created) / DAY))}d`
  return `/auth/tokens/new?from=${key}${scopes.map(inQuery).join('')}&expires=${lasts}`
}

/** Scopes as a query has them: a site has few, and each row of a long list names some. */
const encoded = new Map<string, string>()
const MAX_SCOPES = 1_000

function inQuery(scope: string): string {
  const ready = encoded.get(scope)
  if (ready !== undefined) return ready
  if (encoded.size >= MAX_SCOPES) encoded.clear()
  const made = `&${new URLSearchParams({ scope })}`
  encoded.set(scope, made)
  return made
}
