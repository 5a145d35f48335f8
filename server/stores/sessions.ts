import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token.js'
import type { RedisClient } from './redis.js'
import { getRedisToken, type RedisToken, storedForm, tokenAt } from './redis-tokens.js'

/** A browser's session: a token, and where its owner signed in from. */
export interface Session extends RedisToken {
  readonly type: 'session'
  readonly address?: string
  /** The browser's User-Agent. */
  readonly client?: string
}

/** A sorted set of a user's sessions by expiry: a way to find them, never a proof that they live. */
const indexOf = (username: string) => `postern:sessions:${username}`

/** Writes the index first: a key that leads nowhere is harmless, a session that no list shows could not be ended. */
export async function putSession(redis: RedisClient, session: Session, secretHash: Buffer): Promise<void> {
  const index = indexOf(session.username)
  await redis.zremrangebyscore(index, '-inf', String(session.created))
  await redis.zadd(index, String(session.expires), session.key)
  await redis.set(tokenAt(session.key), storedForm(session, secretHash), 'EXAT', session.expires)
}

/** A user's sessions, newest first. */
export async function listSessions(redis: RedisClient, username: string, now: EpochSeconds): Promise<Session[]> {
  const index = indexOf(username)
  await redis.zremrangebyscore(index, '-inf', String(now))
  const keys = (await redis.zrange(index, '0', '-1')) as TokenKey[]
  const tokens = await Promise.all(keys.map((key) => getRedisToken(redis, username, key)))
  return tokens
    .filter((each): each is Session => each?.type === 'session')
    .sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

export async function unlistSession(redis: RedisClient, username: string, key: TokenKey): Promise<void> {
  await redis.zrem(indexOf(username), key)
}
