import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'

/*
 * A sorted set of keys of tokens by their ends: a way to find them, never a proof that they live. In one step, or the set
 * of somebody who never comes back could be left without an end; it ends with the last of what it has.
 */
const ADD = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[1], last[2])`

/** Adds a token to an index, and takes out what has ended. */
export async function addToIndex(
  redis: RedisClient,
  index: string,
  { key, created, expires }: { readonly key: TokenKey; readonly created: EpochSeconds; readonly expires: EpochSeconds },
): Promise<void> {
  await redis.eval(ADD, 1, index, created, expires, key)
}

/** The keys that an index has and that have not ended, soonest end first. */
export async function keysOfIndex(redis: RedisClient, index: string, now: EpochSeconds): Promise<TokenKey[]> {
  return (await redis.zrange(index, `(${now}`, '+inf', 'BYSCORE')) as TokenKey[]
}
