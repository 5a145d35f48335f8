import type { Logger } from 'pino'
import { type QuotaConfig, quotaFor } from '../core/access/quota.js'
import { type RateLimit, rateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import { quotaSchema } from '../settings/quota.js'
import type { Context } from '../storage/context.js'
import { countRequest, readOverrides } from '../storage/redis/quota-counters.js'
import { isUnavailable } from '../storage/unavailable.js'

/** Counts a request against its user's quota for a service; undefined without a quota. */
export type RateLimiter = ((
  token: TokenRecord,
  service: string | undefined,
) => Promise<RateLimit | Refusal | undefined>) & {
  /** Returns whether no quota applies. Only an override can change that, and changes {@link edition}. */
  isUnlimited(token: TokenRecord, service: string | undefined): boolean
  /** The version of the overrides. */
  edition(): number
  /** Reads the overrides again: requests without a quota do not, and a new override may limit them. */
  refresh(): Promise<void>
}

/** The part of a context that counts requests against quotas. */
export interface LimitsRate {
  readonly limiter: RateLimiter
}

/** Parses the overrides. Invalid ones are ignored, and the configured quotas apply. */
function readQuota(text: string, log: Logger): QuotaConfig | undefined {
  try {
    return quotaSchema.parse(JSON.parse(text))
  } catch (error) {
    log.error({ cause: (error as Error).message }, 'Invalid quota overrides ignored')
    return undefined
  }
}

/**
 * Creates the limiter. It counts in Redis, exactly across all replicas: one round trip for a request with a quota, none for
 * others. Without Redis every request passes: a quota is for fairness, and an outage should not refuse all users.
 */
export function rateLimiter(context: Pick<Context, 'settings' | 'redis' | 'clock' | 'log'>): RateLimiter {
  const { settings, redis, clock, log } = context
  let text: string | null = null
  let overrides: QuotaConfig | undefined
  let edition = 0

  function adopt(fresh: string | null): boolean {
    if (fresh === text) return false
    text = fresh
    edition++
    overrides = fresh === null ? undefined : readQuota(fresh, log)
    return true
  }

  function quotaOf(token: TokenRecord, service: string): number | undefined {
    const api = quotaFor(token.groups ?? [], settings.quota, overrides)?.api
    return api && Object.hasOwn(api, service) ? api[service] : undefined
  }

  async function limit(token: TokenRecord, service: string | undefined): Promise<RateLimit | Refusal | undefined> {
    if (service === undefined) return undefined
    const allowed = quotaOf(token, service)
    if (allowed === undefined) return undefined
    if (allowed === 0) return new Refusal('quota_blocked')
    const counted = await countRequest(redis, token.username, service, allowed)
    // The overrides changed in the meantime: count against the new quota.
    if (adopt(counted.overrides)) return limit(token, service)
    return rateLimit({
      resource: service,
      limit: allowed,
      count: counted.count,
      millisecondsLeft: counted.millisecondsLeft,
      now: clock(),
    })
  }

  const limiter = async (token: TokenRecord, service: string | undefined) => {
    try {
      return await limit(token, service)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      log.warn({ cause: (error as Error).message }, 'Redis unavailable, quota not enforced')
      return undefined
    }
  }
  return Object.assign(limiter, {
    edition: () => edition,
    isUnlimited: (token: TokenRecord, service: string | undefined) =>
      service === undefined || quotaOf(token, service) === undefined,
    async refresh() {
      adopt(await readOverrides(redis))
    },
  })
}
