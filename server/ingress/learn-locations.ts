import { LRUCache } from 'lru-cache'
import { prefixesToLearn } from '../core/explain/location.js'
import { HOUR } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { learnLocation } from '../storage/redis/learned-locations.js'
import { isUnavailable } from '../storage/unavailable.js'
import { MAX_REQUIREMENTS } from './requirement-cache.js'

/** The most prefixes that one requirement is learned for by one process in an hour. */
const MAX_PREFIXES = 50

/** What a requirement was learned for. */
interface Learned {
  readonly prefixes: Set<string>
  /** The address that taught last: the next one is often the same, and takes long to read. */
  latest?: string | undefined
}

/** Learns that proxies ask a requirement at an address; for explanations. */
export type LearnsLocation = (query: string, url: string | undefined) => void

/**
 * Creates the function that learns the site's locations from its checks, each once an hour.
 *
 * Attack: a client asks for thousands of addresses, so that they fill the store. Only requests with a valid token teach, and
 * a requirement has a bounded number of prefixes.
 */
export function locationLearner({ redis, clock, outages, log }: Context): LearnsLocation {
  const known = new LRUCache<string, Learned>({ max: MAX_REQUIREMENTS, ttl: HOUR * 1000 })
  return (query, url) => {
    if (url === undefined || query.includes(' ')) return
    const learned = known.get(query) ?? { prefixes: new Set() }
    if (learned.latest === url) return
    const { prefixes } = learned
    const fresh = prefixesToLearn(url)
      .filter((each) => !prefixes.has(each))
      .slice(0, MAX_PREFIXES - prefixes.size)
    learned.latest = url
    if (fresh.length === 0) return
    if (prefixes.size === 0) known.set(query, learned)
    for (const each of fresh) prefixes.add(each)
    learnLocation(redis, { prefixes: fresh, query }, clock()).catch((error: unknown) => {
      learned.latest = undefined
      for (const each of fresh) prefixes.delete(each)
      if (isUnavailable(error)) outages.warn('Redis unavailable, location not learned', error)
      else log.error({ err: error }, 'Location not learned')
    })
  }
}
