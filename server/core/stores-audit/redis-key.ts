import type { TokenKey } from '../token/token.js'

/** A key of Postern in Redis, by what it holds. */
export type RedisKey =
  | { readonly holds: 'token' | 'use'; readonly token: TokenKey }
  | { readonly holds: 'index'; readonly username: string }
  | { readonly holds: 'record'; readonly hash: string }
  /** It is of use for a time. */
  | { readonly holds: 'mark' | 'counter' }

const TOKEN = /^postern:(token|token-use|token-use-below):\{([A-Za-z0-9_-]{22})\}$/
const INDEX = /^postern:(?:sessions|delegated):(.+)$/
const RECORD = /^postern:openid:\{([A-Za-z0-9_-]{43})\}$/
const MARK = /^postern:(?:token-ended|token-suspended|openid-used|openid-grant|openid-of):/
const COUNTER = /^postern:(?:quota|refusals):/

/** Reads a key in Redis; undefined for one that the audit does not know, such as a newer release's. */
export function readRedisKey(key: string): RedisKey | undefined {
  const [, kind, token] = TOKEN.exec(key) ?? []
  if (token !== undefined) return { holds: kind === 'token' ? 'token' : 'use', token: token as TokenKey }
  const username = INDEX.exec(key)?.[1]
  if (username !== undefined) return { holds: 'index', username }
  const hash = RECORD.exec(key)?.[1]
  if (hash !== undefined) return { holds: 'record', hash }
  if (MARK.test(key)) return { holds: 'mark' }
  return COUNTER.test(key) ? { holds: 'counter' } : undefined
}
