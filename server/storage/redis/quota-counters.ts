import { RATE_WINDOW_SECONDS } from '../../core/access/rate-limit.js'
import type { RedisClient } from './client.js'

const OVERRIDES = 'postern:quota-overrides'

/*
 * A window begins with its first request. The counter and its expiry are set in one step: a counter without an expiry would
 * refuse its user for ever. By hand: three lines and one
 * round trip, as the script of rate-limiter-flexible, which would add its own key format.
 */
const COUNT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`

export interface CountedRequest {
  readonly count: number
  readonly millisecondsLeft: number
}

/** Counts a request of a user against a limit of a service. */
export async function countRequest(
  redis: RedisClient,
  username: string,
  service: string,
  limit: number,
): Promise<CountedRequest> {
  const counted = await redis.eval(COUNT, 1, quotaKey(username, service, limit), RATE_WINDOW_SECONDS * 1000)
  const [count, millisecondsLeft] = counted as [number, number]
  return { count, millisecondsLeft }
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
  return Number((await redis.get(quotaKey(username, service, limit))) ?? 0)
}

function quotaKey(username: string, service: string, limit: number): string {
  return `postern:quota:${username}:${limit}:${service}`
}
