import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'
import { addToIndex, keysOfIndex } from './token-index.js'
import { getRedisTokens, type RedisToken, storedForm, type TokenStore, tokenAt } from './tokens.js'

/** A browser session: a token, and where its owner signed in from. */
export interface Session extends RedisToken {
  readonly type: 'session'
  readonly address?: string
  /** The browser's User-Agent. */
  readonly client?: string
}

/** The index of a user's sessions. */
export const sessionIndexOf = (username: string) => `postern:sessions:${username}`

/** Writes a session, its index first: a stale key is harmless, a session that is not listed could not be revoked. */
export async function putSession({ redis, keys }: TokenStore, session: Session, secretHash: Buffer): Promise<void> {
  await addToIndex(redis, sessionIndexOf(session.username), session)
  await redis.set(tokenAt(session.key), storedForm(keys, session, secretHash), 'EXAT', session.expires)
}

/** Lists a user's sessions, newest first. */
export async function listSessions(store: TokenStore, username: string, now: EpochSeconds): Promise<Session[]> {
  const keys = await keysOfIndex(store.redis, sessionIndexOf(username), now)
  const tokens = await getRedisTokens(store, username, keys)
  return tokens
    .filter((each): each is Session => each.type === 'session')
    .sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

export async function unlistSession(redis: RedisClient, username: string, key: TokenKey): Promise<void> {
  await redis.zrem(sessionIndexOf(username), key)
}
