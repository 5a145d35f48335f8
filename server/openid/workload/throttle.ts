import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { clientNetwork } from '../../core/access/ip-network.js'
import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'

/** More failures than jobs of one network have by mistake. */
export const FAILURES = { points: 60, duration: 5 * MINUTE } as const

/**
 * Limits JWTs that are not taken, by address, across processes. Without Redis each process counts by itself.
 *
 * Attack: requests need no secret, and each costs a signature. One is counted before it is verified, and given back if it was
 * right: a thousand sent at once would all read a count of zero.
 */
export class WorkloadThrottle {
  readonly #limiter: RateLimiterRedis

  constructor(redis: RedisClient) {
    this.#limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: 'postern:workload:failed',
      ...FAILURES,
      insuranceLimiter: new RateLimiterMemory(FAILURES),
    })
  }

  /** Counts a JWT; returns the seconds to wait if there were too many. */
  async count(address: string | undefined): Promise<number | undefined> {
    try {
      await this.#limiter.consume(clientNetwork(address ?? 'unknown'))
      return undefined
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw refused
    }
  }

  /** Gives a JWT back that was right. */
  async giveBack(address: string | undefined): Promise<void> {
    await this.#limiter.reward(clientNetwork(address ?? 'unknown'))
  }
}
