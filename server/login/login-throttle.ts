import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { clientNetwork } from '../core/access/ip-network.js'
import { MINUTE } from '../core/time.js'
import type { RedisClient } from '../storage/redis/client.js'

/** Allows a number of failed attempts in a span of seconds; the next attempt waits for the span to end. */
interface Limit {
  readonly points: number
  readonly duration: number
}

/** In the order in which they count: one user at one address, all users at one address (an institute may share it), one user at all. */
const LIMITS = {
  pair: { points: 5, duration: MINUTE },
  address: { points: 50, duration: 5 * MINUTE },
  account: { points: 50, duration: 5 * MINUTE },
} as const satisfies Record<string, Limit>

type Name = keyof typeof LIMITS
const NAMES = Object.keys(LIMITS) as Name[]

/**
 * Throttles password guessing without locking a user out for long. Whether the account exists makes no difference. Without
 * Redis each process counts by itself.
 *
 * Attack: a thousand guesses sent at once would all read a count of zero. So an attempt is counted before the password is
 * verified, and given back if it was right.
 */
export class LoginThrottle {
  readonly #limiters: Readonly<Record<Name, RateLimiterRedis>>

  constructor(redis: RedisClient) {
    const limiter = (name: string, limit: Limit) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `postern:sign-in:${name}`,
        ...limit,
        insuranceLimiter: new RateLimiterMemory(limit),
      })
    this.#limiters = {
      pair: limiter('pair', LIMITS.pair),
      address: limiter('address', LIMITS.address),
      account: limiter('account', LIMITS.account),
    }
  }

  /**
   * Counts an attempt; returns the seconds to wait if there were too many. One user at one address is counted first, and an
   * attempt that is throttled there counts no further.
   *
   * Attack: otherwise an attacker who continues would lock the user out everywhere, and all other users at that address.
   */
  async count(username: string, address: string): Promise<number | undefined> {
    const keys = keysOf(username, address)
    for (const name of NAMES) {
      const wait = await this.#consume(name, keys[name])
      if (wait !== undefined) return wait
    }
    return undefined
  }

  async #consume(name: Name, key: string): Promise<number | undefined> {
    try {
      await this.#limiters[name].consume(key)
      return undefined
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
      throw refused
    }
  }

  /** Gives a successful attempt back, and resets the failures of this user at this address. */
  async reset(username: string, address: string): Promise<void> {
    const keys = keysOf(username, address)
    await this.#limiters.pair.delete(keys.pair)
    await this.#limiters.address.reward(keys.address)
    await this.#limiters.account.reward(keys.account)
  }
}

function keysOf(username: string, from: string): Record<Name, string> {
  const account = username.slice(0, 64)
  const address = clientNetwork(from)
  return { pair: `${account}|${address}`, address, account }
}
