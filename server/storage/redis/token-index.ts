import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'

/*
 * A sorted set of keys by expiry, of tokens where nothing else is said: an index, never a proof that a token exists. In one step, or the set of a user who
 * never returns could be left without an expiry; it expires with its last token.
 */
const ADD = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[1], last[2])`

/** Adds a token to an index, and removes expired ones. */
export async function addToIndex(
  redis: RedisClient,
  index: string,
  { key, created, expires }: { readonly key: string; readonly created: EpochSeconds; readonly expires: EpochSeconds },
): Promise<void> {
  await redis.eval(ADD, 1, index, created, expires, key)
}

/** Lists the keys of an index that have not expired, soonest expiry first. */
export async function keysOfIndex<K extends string = TokenKey>(
  redis: RedisClient,
  index: string,
  now: EpochSeconds,
): Promise<K[]> {
  return (await redis.zrange(index, `(${now}`, '+inf', 'BYSCORE')) as K[]
}
