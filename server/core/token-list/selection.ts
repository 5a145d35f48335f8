import { homeOf, isTokenKey, type TokenKey } from '../token/token.js'

/** So many tokens are revoked at once, at most: a page of the list, and fewer than a form may have fields. */
export const MOST_SELECTED = 100

/** Reads the keys of a form, each once, in their order; undefined when one is none of a user token, or there are too many. */
export function selectedKeys(value: unknown): readonly TokenKey[] | undefined {
  const texts = new Set<unknown>(value === undefined ? [] : Array.isArray(value) ? value : [value])
  const keys = [...texts].filter((text): text is TokenKey => typeof text === 'string' && isTokenKey(text))
  const areAll = keys.length === texts.size && keys.every((key) => homeOf(key) === 'postgres')
  return areAll && keys.length <= MOST_SELECTED ? keys : undefined
}
