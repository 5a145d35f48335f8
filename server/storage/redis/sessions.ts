import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'
import { addToIndex, keysOfIndex } from './token-index.js'
import { getRedisToken, type RedisToken, storedForm, tokenAt } from './tokens.js'

/** A browser's session: a token, and where its owner signed in from. */
export interface Session extends RedisToken {
  readonly type: 'session'
  readonly address?: string
  /** The browser's User-Agent. */
  readonly client?: string
  /** The `id` of the identity provider that vouched for its owner; absent: a local account. */
  readonly provider?: string
}

/** The index of a user's sessions. */
const indexOf = (username: string) => `postern:sessions:${username}`

/** Writes the index first: a key that leads nowhere is harmless, a session that no list shows could not be ended. */
export async function putSession(redis: RedisClient, session: Session, secretHash: Buffer): Promise<void> {
  await addToIndex(redis, indexOf(session.username), session)
  await redis.set(tokenAt(session.key), storedForm(session, secretHash), 'EXAT', session.expires)
}

/** A user's sessions, newest first. */
export async function listSessions(redis: RedisClient, username: string, now: EpochSeconds): Promise<Session[]> {
  const keys = await keysOfIndex(redis, indexOf(username), now)
  const tokens = await Promise.all(keys.map((key) => getRedisToken(redis, username, key)))
  return tokens
    .filter((each): each is Session => each?.type === 'session')
    .sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

export async function unlistSession(redis: RedisClient, username: string, key: TokenKey): Promise<void> {
  await redis.zrem(indexOf(username), key)
}
