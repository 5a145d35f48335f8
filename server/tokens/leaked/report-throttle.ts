import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { clientNetwork } from '../../core/access/ip-network.js'
import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'

/** More tokens than a finder pastes by hand. */
export const REPORTS = { points: 20, duration: MINUTE } as const

/**
 * Limits reports of leaked tokens by address, across processes. Without Redis each process counts by itself.
 *
 * Attack: reports need no sign-in, and each of a well-formed key costs a store a look-up.
 */
export class ReportThrottle {
  readonly #limiter: RateLimiterRedis

  constructor(redis: RedisClient) {
    const insuranceLimiter = new RateLimiterMemory(REPORTS)
    this.#limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: 'postern:leaked',
      ...REPORTS,
      insuranceLimiter,
    })
  }

  /** Counts a report; returns the seconds to wait if there were too many. */
  async count(address: string | undefined): Promise<number | undefined> {
    try {
      await this.#limiter.consume(clientNetwork(address ?? 'unknown'))
      return undefined
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw refused
    }
  }
}
