import type { Location } from '../../core/explain/location.js'
import { DAY, type EpochSeconds } from '../../core/time.js'
import type { RedisClient } from './client.js'

/** A hash: its fields are prefix and query string of a location, its values the instant of the last check. */
const LEARNED = 'postern:locations'

/** A location that no proxy has asked about for so long may be gone. */
const KEPT: EpochSeconds = 90 * DAY

/** Records that proxies ask this requirement below these prefixes. Neither has a space in it. */
export async function learnLocation(
  redis: RedisClient,
  { prefixes, query }: { readonly prefixes: readonly string[]; readonly query: string },
  now: EpochSeconds,
): Promise<void> {
  await redis.hset(LEARNED, Object.fromEntries(prefixes.map((prefix) => [`${encodeURI(prefix)} ${query}`, now])))
}

/** Lists what was learned, and forgets what is old. */
export async function learnedLocations(redis: RedisClient, now: EpochSeconds): Promise<Location[]> {
  const entries = Object.entries(await redis.hgetall(LEARNED)).map(([field, seen]) => ({ field, seen: Number(seen) }))
  const old = entries.filter(({ seen }) => seen < now - KEPT)
  if (old.length > 0) await redis.hdel(LEARNED, ...old.map(({ field }) => field))
  return entries
    .filter(({ seen }) => seen >= now - KEPT)
    .sort((one, other) => other.seen - one.seen)
    .map(({ field }) => {
      const gap = field.indexOf(' ')
      return { prefix: decodeURI(field.slice(0, gap)), query: field.slice(gap + 1), source: 'learned' }
    })
}
