import { DAY } from '../../core/time.js'
import type { ListedToken } from './view-models.js'

/**
 * Returns the address of the form for another token with the same permissions. What a link to the form may fill in is in it,
 * and the key, which says whose settings they are; no name: the user has this one already.
 */
export function duplicateLink({ key, scopes, created, expires }: ListedToken): string {
  const query = new URLSearchParams({ from: key })
  for (const scope of scopes) query.append('scope', scope)
  query.append('expires', expires === undefined ? 'never' : `${Math.max(1, Math.round((expires - created) / DAY))}d`)
  return `/auth/tokens/new?${query}`
}
