import type { Redis } from 'ioredis'
import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token.js'
import type { TokenRecord, Use } from '../core/token-record.js'
import type { StoredToken } from './stored-token.js'

/** A browser's session: a token, and where its owner signed in from. */
export interface Session extends TokenRecord {
  readonly type: 'session'
  readonly expires: EpochSeconds
  readonly address?: string
  /** The browser's User-Agent. */
  readonly client?: string
}

/*
 * postern:session:<key>       JSON, gone when the session expires
 * postern:session-use:<key>   JSON of its last use, likewise
 * postern:sessions:<user>     sorted set of keys by expiry: a way to find them, never a proof that they live
 */
const sessionAt = (key: TokenKey) => `postern:session:${key}`
const useAt = (key: TokenKey) => `postern:session-use:${key}`
const indexOf = (username: string) => `postern:sessions:${username}`

type Stored = Omit<Session, 'key' | 'type' | 'lastUsed'> & { readonly secretHash: string }

export async function findSession(redis: Redis, key: TokenKey): Promise<StoredToken | undefined> {
  const text = await redis.get(sessionAt(key))
  if (text === null) return undefined
  const { secretHash, ...session } = JSON.parse(text) as Stored
  return { record: { ...session, key, type: 'session' } as Session, secretHash: Buffer.from(secretHash, 'base64url') }
}

/** Writes the index first: a key that leads nowhere is harmless, a session that no list shows could not be ended. */
export async function putSession(redis: Redis, session: Session, secretHash: Buffer): Promise<void> {
  const { key, type, lastUsed, ...rest } = session
  const stored: Stored = { ...rest, secretHash: secretHash.toString('base64url') }
  await redis.zremrangebyscore(indexOf(session.username), '-inf', String(session.created))
  await redis.zadd(indexOf(session.username), String(session.expires), key)
  await redis.set(sessionAt(key), JSON.stringify(stored), 'EXAT', session.expires)
}

/** Ends a session; false when it was not there. */
export async function deleteSession(redis: Redis, username: string, key: TokenKey): Promise<boolean> {
  const deleted = await redis.del(sessionAt(key))
  await redis.del(useAt(key))
  await redis.zrem(indexOf(username), key)
  return deleted > 0
}

/** A user's own session by its key. */
export async function getSession(redis: Redis, username: string, key: TokenKey): Promise<Session | undefined> {
  const stored = await findSession(redis, key)
  if (stored?.record.username !== username) return undefined
  const use = await redis.get(useAt(key))
  return { ...(stored.record as Session), ...(use !== null && { lastUsed: JSON.parse(use) as Use }) }
}

/** A user's sessions, newest first. */
export async function listSessions(redis: Redis, username: string, now: EpochSeconds): Promise<Session[]> {
  await redis.zremrangebyscore(indexOf(username), '-inf', String(now))
  const keys = (await redis.zrange(indexOf(username), '0', '-1')) as TokenKey[]
  const sessions = await Promise.all(keys.map((key) => getSession(redis, username, key)))
  return sessions.filter((each) => each !== undefined).sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

/** Notes a session's last use beside it, never in it: a use that arrives late must not bring back what was ended. */
export async function recordSessionUse(redis: Redis, key: TokenKey, use: Use, expires: EpochSeconds): Promise<void> {
  await redis.set(useAt(key), JSON.stringify(use), 'EXAT', expires)
}
