import { quotaFor } from '../core/access/quota.js'
import { type RateLimit, rateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import type { Settings } from '../settings/schema.js'
import { Batches } from '../storage/batches.js'
import type { KnownOverrides, QuotaCache } from '../storage/cache/quota-cache.js'
import type { Context } from '../storage/context.js'
import { type CountedRequest, countRequests, type LimitedRequest } from '../storage/redis/quota-counters.js'
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
 * Creates the limiter. It counts in Redis, exactly across all replicas: one round trip for the requests of a moment that have a
 * quota, none for others. Without Redis every request passes but those of a blocked service: a quota is for fairness, and an outage should
 * not refuse all users.
 */
export function rateLimiter({
  settings,
  redis,
  clock,
  outages,
  quotaCache,
}: Pick<Context, 'settings' | 'redis' | 'clock' | 'outages' | 'quotaCache'>): RateLimiter {
  const counts = new Batches<LimitedRequest, CountedRequest>((requests) => countRequests(redis, requests), {
    most: 100,
    atOnce: 8,
  })

  async function limiter(token: TokenRecord, service: string | undefined): Promise<RateLimit | Refusal | undefined> {
    if (service === undefined) return undefined
    const allowed = await requestQuota({ settings, quotaCache }, token.groups, service)
    if (allowed === undefined) return undefined
    if (allowed === 0)
      return new Refusal('quota_blocked', `User ${token.username} not allowed to access service ${service}`)
    try {
      const counted = await counts.add({ username: token.username, service, limit: allowed })
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
      return overrides && quotaOf(settings, token.groups, service, overrides) === undefined ? overrides : undefined
    },
    isInForce: (edition: Edition) => edition === 'any' || edition === quotaCache.peek(),
  })
}

/**
 * Returns how many requests a minute a user may send to a service; undefined without a quota.
 *
 * @param groups of the user, by name
 */
export async function requestQuota(
  { settings, quotaCache }: Pick<Context, 'settings' | 'quotaCache'>,
  groups: TokenRecord['groups'],
  service: string,
): Promise<number | undefined> {
  return quotaOf(settings, groups, service, await overridesNow(quotaCache))
}

function quotaOf(
  { quota }: Pick<Settings, 'quota'>,
  groups: TokenRecord['groups'],
  service: string,
  { quotas }: KnownOverrides,
): number | undefined {
  const api = quotaFor(groups ?? [], quota, quotas)?.api
  return api && Object.hasOwn(api, service) ? api[service] : undefined
}

async function overridesNow(quotaCache: QuotaCache): Promise<KnownOverrides> {
  try {
    return await quotaCache.get()
  } catch (error) {
    if (isUnavailable(error)) return quotaCache.latest
    throw error
  }
}
