import { TOKEN_TYPES, type TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { InternedLists } from './entries.js'

/**
 * Copies a record for the cache, with as little memory of its own as possible.
 *
 * @param twin the record of a cached token of the same owner, whose equal texts are shared
 */
export function compactRecord(record: TokenRecord, twin: TokenRecord | undefined, lists: InternedLists): TokenRecord {
  const { created, expires, name, idle } = record
  const key = detached(record.key)
  // The driver makes a new string of each value.
  const type = TOKEN_TYPES.find((each) => each === record.type) ?? record.type
  const username = sameAs(record.username, twin?.username)
  const email = sameAs(record.email, twin?.email)
  const scopes = lists.intern(record.scopes)
  const groups = record.groups && lists.intern(record.groups)
  const count = Object.keys(record).length
  // V8 gives a literal the room of its properties, and an object that others are spread into a third more. Most are these.
  if (name !== undefined && email !== undefined && groups) {
    if (expires === undefined && count === 8) return { key, type, username, scopes, created, name, email, groups }
    if (expires !== undefined && count === 9)
      return { key, type, username, scopes, created, expires, name, email, groups }
  }
  return {
    ...record,
    key,
    type,
    username,
    scopes,
    ...(email !== undefined && { email }),
    ...(groups && { groups }),
    ...(idle && { idle: { ...idle, key: idle.key === key ? key : detached(idle.key) } }),
  }
}

/** Copies a key. A key cut from a header is a view that keeps the whole header in memory, with the secret. */
export function detached(key: TokenKey): TokenKey {
  return Buffer.from(key, 'latin1').toString('latin1') as TokenKey
}

/** Returns the text that another has already, if they are equal. */
function sameAs<T extends string | undefined>(text: T, other: T | undefined): T {
  return other !== undefined && other === text ? other : text
}
