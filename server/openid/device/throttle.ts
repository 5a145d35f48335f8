import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { clientNetwork } from '../../core/access/ip-network.js'
import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'

/**
 * More than people type by hand, and than an institute behind one address needs. There are 2.6 · 10¹⁰ codes, each valid for ten
 * minutes: a user who guesses at this pace finds one of a thousand waiting devices in 4000 years.
 */
export const DEVICE_LIMITS = {
  /** Wrong codes that a user enters. */
  user: { points: 10, duration: MINUTE },
  /** Wrong codes that are entered from one network. */
  network: { points: 60, duration: MINUTE },
  /** Codes that devices of one network ask for. */
  request: { points: 60, duration: 10 * MINUTE },
  /** Clients of one network that register themselves. */
  registration: { points: 20, duration: 60 * MINUTE },
} as const

type Name = keyof typeof DEVICE_LIMITS

/**
 * Limits codes, those that are asked for and those that are typed. Without Redis each process counts by itself.
 *
 * Attack: a thousand guesses sent at once would all read a count of zero. So a code is counted before it is looked for, and given
 * back if it was right.
 */
export class DeviceThrottle {
  readonly #limiters: Readonly<Record<Name, RateLimiterRedis>>

  constructor(redis: RedisClient) {
    const limiter = (name: Name) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `postern:device:${name}`,
        ...DEVICE_LIMITS[name],
        insuranceLimiter: new RateLimiterMemory(DEVICE_LIMITS[name]),
      })
    this.#limiters = {
      user: limiter('user'),
      network: limiter('network'),
      request: limiter('request'),
      registration: limiter('registration'),
    }
  }

  /** Counts a code that a user enters; returns the seconds to wait if there were too many. */
  async countEntry(username: string, address: string | undefined): Promise<number | undefined> {
    return (await this.#count('user', username)) ?? this.#count('network', clientNetwork(address ?? 'unknown'))
  }

  /** Gives a code back that was right. */
  async giveBack(username: string, address: string | undefined): Promise<void> {
    await this.#limiters.user.reward(username)
    await this.#limiters.network.reward(clientNetwork(address ?? 'unknown'))
  }

  /** Counts a code that a device asks for, likewise. */
  countRequest(address: string | undefined): Promise<number | undefined> {
    return this.#count('request', clientNetwork(address ?? 'unknown'))
  }

  countRegistration(address: string | undefined): Promise<number | undefined> {
    return this.#count('registration', clientNetwork(address ?? 'unknown'))
  }

  async #count(name: Name, key: string): Promise<number | undefined> {
    try {
      await this.#limiters[name].consume(key)
      return undefined
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw refused
    }
  }
}
