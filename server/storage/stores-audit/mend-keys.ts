import { RATE_WINDOW_SECONDS } from '../../core/access/rate-limit.js'
import { readRedisKey } from '../../core/stores-audit/redis-key.js'
import { isTokenKey } from '../../core/token/token.js'
import type { Context } from '../context.js'
import type { RedisClient } from '../redis/client.js'
import { delegatedIndexOf } from '../redis/delegated-tokens.js'
import { sessionIndexOf } from '../redis/sessions.js'
import { findRedisToken, tokenAt } from '../redis/tokens.js'
import { unlessOfAnotherType } from './redis-tokens.js'

/** Takes a token out of the indexes of a user. */
export async function unlist(redis: RedisClient, username: string, key: string): Promise<void> {
  for (const index of [sessionIndexOf(username), delegatedIndexOf(username)])
    await redis.zrem(index, key).catch(unlessOfAnotherType)
}

/**
 * Gives a key in Redis the expiry that it lacks: the end of its token, or the longest that a key of its kind is of use.
 *
 * @param name of a token its own key
 */
export async function expireKey(context: Pick<Context, 'redis' | 'keys' | 'settings'>, name: string): Promise<void> {
  const { redis, settings } = context
  if (isTokenKey(name)) {
    const { expires } = (await findRedisToken(context, name))?.record ?? {}
    return void (expires !== undefined && (await redis.expireat(tokenAt(name), expires)))
  }
  const key = readRedisKey(name)
  if (key?.holds === 'counter') return void (await redis.expire(name, RATE_WINDOW_SECONDS))
  const end = key?.holds === 'index' ? await lastOf(redis, name) : undefined
  if (end !== undefined) return void (await redis.expireat(name, end))
  await redis.expire(name, settings.tokenLifetime)
}

async function lastOf(redis: RedisClient, index: string): Promise<number | undefined> {
  const [, score] = (await redis.zrange(index, '-1', '-1', 'WITHSCORES').catch(unlessOfAnotherType)) ?? []
  return score === undefined ? undefined : Number(score)
}
