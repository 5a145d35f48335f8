import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token.js'
import type { TokenRecord, Use } from '../core/token-record.js'
import type { RedisClient } from './redis.js'
import type { StoredToken } from './stored-token.js'

/*
 * Every token that lives in Redis, whatever its type:
 *
 * postern:token:{<key>}         JSON, gone when the token expires
 * postern:token-use:{<key>}     JSON of its last use, likewise
 *
 * The braces are real: what has the same word in them is kept in one place by a Redis Cluster.
 */
export const tokenAt = (key: TokenKey) => `postern:token:{${key}}`
const useAt = (key: TokenKey) => `postern:token-use:{${key}}`

/** A token that Redis keeps always ends. */
export interface RedisToken extends TokenRecord {
  readonly expires: EpochSeconds
}

type Stored = Omit<RedisToken, 'key' | 'lastUsed'> & { readonly secretHash: string }

/** A token as it is written. */
export function storedForm({ key: _key, lastUsed: _lastUsed, ...rest }: RedisToken, secretHash: Buffer): string {
  const stored: Stored = { ...rest, secretHash: secretHash.toString('base64url') }
  return JSON.stringify(stored)
}

export async function findRedisToken(redis: RedisClient, key: TokenKey): Promise<StoredToken | undefined> {
  const text = await redis.get(tokenAt(key))
  if (text === null) return undefined
  return readStored(key, text)
}

/** What cannot be read is no token, as with Gafaelfawr: it admits nobody, and its owner signs in again. */
function readStored(key: TokenKey, text: string): StoredToken | undefined {
  try {
    const { secretHash, ...record } = JSON.parse(text) as Stored
    return { record: { ...record, key }, secretHash: Buffer.from(secretHash, 'base64url') }
  } catch {
    return undefined
  }
}

/** A user's own token by its key, with its last use. */
export async function getRedisToken(
  redis: RedisClient,
  username: string,
  key: TokenKey,
): Promise<RedisToken | undefined> {
  const stored = await findRedisToken(redis, key)
  if (stored?.record.username !== username) return undefined
  const use = await redis.get(useAt(key))
  return { ...(stored.record as RedisToken), ...(use !== null && { lastUsed: JSON.parse(use) as Use }) }
}

/** Ends a token; false when somebody else was quicker, so that one end is recorded once. */
export async function deleteRedisToken(redis: RedisClient, key: TokenKey): Promise<boolean> {
  const deleted = await redis.del(tokenAt(key))
  await redis.del(useAt(key))
  return deleted > 0
}

/** Notes a token's last use beside it, never in it: a use that arrives late must not bring back what was ended. */
export async function recordRedisUse(
  redis: RedisClient,
  key: TokenKey,
  use: Use,
  expires: EpochSeconds,
): Promise<void> {
  await redis.set(useAt(key), JSON.stringify(use), 'EXAT', expires)
}
