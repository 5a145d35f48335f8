import { trimInvisible } from '../invisible-text.js'
import type { Listed } from './listed.js'

/** No name, key or scope has more characters. */
const MAX_LENGTH = 100

/** A token, or the part of one that a mouse has caught: its key, and what there is of its secret. */
const WITH_SECRET = /gt-([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]*/

/**
 * Returns a search as it may stand in an address: shortened, and with the key in the place of a token.
 *
 * Attack: a token that its owner pastes would stay in the browser's history and in the logs of proxies.
 */
export function searchText(typed: string): string {
  let text = typed
  while (WITH_SECRET.test(text)) text = text.replace(WITH_SECRET, '$1')
  return trimInvisible([...text].slice(0, MAX_LENGTH).join(''))
}

/** Returns whether each word of a search is in a token's name, its key or one of its scopes. */
export function matches({ name, key, scopes }: Pick<Listed, 'name' | 'key' | 'scopes'>, search: string): boolean {
  if (search === '') return true
  const texts = [name ?? '', key, ...scopes].map((text) => text.toLowerCase())
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => texts.some((text) => text.includes(word)))
}
