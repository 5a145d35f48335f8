import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { clientNetwork } from '../../core/access/ip-network.js'
import type { RedisClient } from './client.js'

/** Allows a number of attempts in a span of seconds. */
export interface Limit {
  readonly points: number
  readonly duration: number
}

/**
 * Counts attempts of one kind, by key, across processes. Without Redis each process counts by itself.
 *
 * Attack: a thousand guesses sent at once would all read a count of zero. So an attempt is counted before it is judged, and given
 * back if it was right.
 */
export class Throttle {
  readonly #limiter: RateLimiterRedis

  /** @param name the word of the keys in Redis, `postern:<name>:<key>` */
  constructor(redis: RedisClient, name: string, limit: Limit) {
    this.#limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `postern:${name}`,
      ...limit,
      insuranceLimiter: new RateLimiterMemory(limit),
    })
  }

  /** Counts an attempt; returns the seconds to wait if there were too many. */
  async count(key: string): Promise<number | undefined> {
    try {
      await this.#limiter.consume(key)
      return undefined
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw refused
    }
  }

  /** Takes back one attempt, which was right. */
  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key)
  }

  /** Takes back all attempts of a key. */
  async forget(key: string): Promise<void> {
    await this.#limiter.delete(key)
  }
}

/** The same by the network that attempts come from; those of an unknown address count together. */
export class NetworkThrottle {
  readonly #throttle: Throttle

  constructor(redis: RedisClient, name: string, limit: Limit) {
    this.#throttle = new Throttle(redis, name, limit)
  }

  count(address: string | undefined): Promise<number | undefined> {
    return this.#throttle.count(networkOf(address))
  }

  giveBack(address: string | undefined): Promise<void> {
    return this.#throttle.giveBack(networkOf(address))
  }
}

const networkOf = (address: string | undefined) => clientNetwork(address ?? 'unknown')
