import type { Location } from '../../core/explain/location.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { RedisClient } from './client.js'

/** A sorted set of prefixes and query strings of locations, by the instant of the last check. */
const LEARNED = 'postern:locations'

/** A location that no proxy has asked about for so long may be gone. */
const KEPT: EpochSeconds = 90 * DAY

/** Records that proxies ask this requirement below these prefixes. Neither has a space in it. */
export async function learnLocation(
  redis: RedisClient,
  { prefixes, query }: { readonly prefixes: readonly string[]; readonly query: string },
  now: EpochSeconds,
): Promise<void> {
  await redis.zadd(LEARNED, ...prefixes.flatMap((prefix) => [`${now}`, `${encodeURI(prefix)} ${query}`]))
  await redis.expire(LEARNED, KEPT)
}

/** Lists what was learned, the latest first, and forgets what is old. */
export async function learnedLocations(redis: RedisClient, now: EpochSeconds): Promise<Location[]> {
  await redis.zremrangebyscore(LEARNED, '-inf', `(${now - KEPT}`)
  return (await redis.zrange(LEARNED, '0', '-1')).reverse().map((member) => {
    const gap = member.indexOf(' ')
    return { prefix: decodeURI(member.slice(0, gap)), query: member.slice(gap + 1), source: 'learned' }
  })
}
