import type { Logger } from 'pino'
import { type QuotaConfig, quotaFor } from '../core/access/quota.js'
import { type RateLimit, rateLimit } from '../core/access/rate-limit.js'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import { quotaSchema } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import { countRequest, readOverrides } from '../storage/redis/quota-counters.js'
import { isUnavailable } from '../storage/unavailable.js'

/** How a request stands with its user's quota for a service; nothing when there is none. */
export type RateLimiter = ((
  token: TokenRecord,
  service: string | undefined,
) => Promise<RateLimit | Refusal | undefined>) & {
  /** Whether nothing limits it. Only an override can change that, and then {@link edition} is another. */
  isUnlimited(token: TokenRecord, service: string | undefined): boolean
  /** Which overrides these are. */
  edition(): number
  /** Looks whether the overrides have changed; for those whom only an override would limit. */
  refresh(): Promise<void>
}

/** The part of a context that counts requests against quotas. */
export interface LimitsRate {
  readonly limiter: RateLimiter
}

/** An override that cannot be read is as good as none: what the configuration says goes on to hold. */
function readQuota(text: string, log: Logger): QuotaConfig | undefined {
  try {
    return quotaSchema.parse(JSON.parse(text))
  } catch (error) {
    log.error({ cause: (error as Error).message }, 'The quota overrides cannot be read and are ignored')
    return undefined
  }
}

/**
 * Counts requests against quotas, exactly for all replicas, in Redis. One round trip for a request that is limited and
 * none for others. Without Redis everything passes: a quota is for fairness, and refusing all would be unfair to all.
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

  function mostOf(token: TokenRecord, service: string): number | undefined {
    const api = quotaFor(token.groups ?? [], settings.quota, overrides)?.api
    return api && Object.hasOwn(api, service) ? api[service] : undefined
  }

  async function limit(token: TokenRecord, service: string | undefined): Promise<RateLimit | Refusal | undefined> {
    if (service === undefined) return undefined
    const most = mostOf(token, service)
    if (most === undefined) return undefined
    if (most === 0) return new Refusal('quota_blocked')
    const counted = await countRequest(redis, token.username, service, most)
    // The quota has changed since it was looked up: count against what it is now.
    if (adopt(counted.overrides)) return limit(token, service)
    return rateLimit({
      resource: service,
      limit: most,
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
      log.warn({ cause: (error as Error).message }, 'Quotas are not counted: Redis does not answer')
      return undefined
    }
  }
  return Object.assign(limiter, {
    edition: () => edition,
    isUnlimited: (token: TokenRecord, service: string | undefined) =>
      service === undefined || mostOf(token, service) === undefined,
    async refresh() {
      adopt(await readOverrides(redis))
    },
  })
}
