import { quotaFor } from '../core/access/quota.js'
import { type RateLimit, rateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import type { KnownOverrides } from '../storage/cache/quota-cache.js'
import type { Context } from '../storage/context.js'
import { countRequest } from '../storage/redis/quota-counters.js'
import { isUnavailable } from '../storage/unavailable.js'

/** The quota overrides by which a request is unlimited; `any` where none could limit it. */
export type Edition = KnownOverrides | 'any'

/** Counts a request against its user's quota for a service; undefined without a quota. */
export type RateLimiter = ((
  token: TokenRecord,
  service: string | undefined,
) => Promise<RateLimit | Refusal | undefined>) & {
  /** Returns the edition by which no quota applies; undefined where one does, or the overrides must be read. */
  unlimitedBy(token: TokenRecord, service: string | undefined): Edition | undefined
  /** Returns whether an edition is in force. */
  isInForce(edition: Edition): boolean
}

/** The part of a context that counts requests against quotas. */
export interface LimitsRate {
  readonly limiter: RateLimiter
}

/**
 * Creates the limiter. It counts in Redis, exactly across all replicas: one round trip for a request with a quota, none for
 * others. Without Redis every request passes but those of a blocked service: a quota is for fairness, and an outage should
 * not refuse all users.
 */
export function rateLimiter({
  settings,
  redis,
  clock,
  outages,
  quotaCache,
}: Pick<Context, 'settings' | 'redis' | 'clock' | 'outages' | 'quotaCache'>): RateLimiter {
  function quotaOf(token: TokenRecord, service: string, { quotas }: KnownOverrides): number | undefined {
    const api = quotaFor(token.groups ?? [], settings.quota, quotas)?.api
    return api && Object.hasOwn(api, service) ? api[service] : undefined
  }

  async function overridesNow(): Promise<KnownOverrides> {
    try {
      return await quotaCache.get()
    } catch (error) {
      if (isUnavailable(error)) return quotaCache.latest
      throw error
    }
  }

  async function limiter(token: TokenRecord, service: string | undefined): Promise<RateLimit | Refusal | undefined> {
    if (service === undefined) return undefined
    const allowed = quotaOf(token, service, await overridesNow())
    if (allowed === undefined) return undefined
    if (allowed === 0)
      return new Refusal('quota_blocked', `User ${token.username} not allowed to access service ${service}`)
    try {
      const counted = await countRequest(redis, token.username, service, allowed)
      return rateLimit({ resource: service, limit: allowed, ...counted, now: clock() })
    } catch (error) {
      if (!isUnavailable(error)) throw error
      outages.warn('Redis unavailable, quota not enforced', error)
      return undefined
    }
  }

  return Object.assign(limiter, {
    unlimitedBy(token: TokenRecord, service: string | undefined): Edition | undefined {
      if (service === undefined) return 'any'
      const overrides = quotaCache.peek()
      return overrides && quotaOf(token, service, overrides) === undefined ? overrides : undefined
    },
    isInForce: (edition: Edition) => edition === 'any' || edition === quotaCache.peek(),
  })
}
