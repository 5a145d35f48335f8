import { RATE_WINDOW_SECONDS } from '../../core/access/rate-limit.js'
import { isCluster, type RedisClient } from './client.js'

const OVERRIDES = 'postern:quota-overrides'

/*
 * A window begins with its first request. The counter and its expiry are set in one step: a counter without an expiry would
 * refuse its user for ever. By hand: three lines and one round trip for all requests of a moment, as the script of
 * rate-limiter-flexible, which would add its own key format. A key may be there several times, and is counted as often.
 */
const COUNT = `
local counted = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
  counted[i] = {count, redis.call('PTTL', key)}
end
return counted`

/** A request of a user against a limit of a service. */
export interface LimitedRequest {
  readonly username: string
  readonly service: string
  readonly limit: number
}

export interface CountedRequest {
  readonly count: number
  readonly millisecondsLeft: number
}

/** Counts requests, in their order. On a cluster each by itself: their counters are on different nodes. */
export async function countRequests(
  redis: RedisClient,
  requests: readonly LimitedRequest[],
): Promise<readonly CountedRequest[]> {
  const keys = requests.map(quotaKey)
  const counted = isCluster(redis)
    ? (await Promise.all(keys.map((key) => count(redis, [key])))).flat()
    : await count(redis, keys)
  return counted.map(([count, millisecondsLeft]) => ({ count, millisecondsLeft }))
}

async function count(redis: RedisClient, keys: readonly string[]): Promise<readonly [number, number][]> {
  const counted = await redis.eval(COUNT, keys.length, ...keys, RATE_WINDOW_SECONDS * 1000)
  return counted as [number, number][]
}

export async function readOverrides(redis: RedisClient): Promise<string | null> {
  return redis.get(OVERRIDES)
}

export async function writeOverrides(redis: RedisClient, overrides: string): Promise<void> {
  await redis.set(OVERRIDES, overrides)
}

export async function deleteOverrides(redis: RedisClient): Promise<void> {
  await redis.del(OVERRIDES)
}

/** Returns how many requests of a user count in the present window against a limit of a service. */
export async function countedRequests(
  redis: RedisClient,
  username: string,
  { service, limit }: { readonly service: string; readonly limit: number },
): Promise<number> {
  return Number((await redis.get(quotaKey({ username, service, limit }))) ?? 0)
}

function quotaKey({ username, service, limit }: LimitedRequest): string {
  return `postern:quota:${username}:${limit}:${service}`
}
