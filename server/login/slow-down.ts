import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { MINUTE } from '../core/time.js'

/** Tries that may fail in a span of seconds before the next one has to wait for the span to end. */
interface Limit {
  readonly points: number
  readonly duration: number
}

/** One person at one place; anybody at one place (an institute may share an address); one person from anywhere. */
const LIMITS = {
  pair: { points: 5, duration: MINUTE },
  address: { points: 50, duration: 5 * MINUTE },
  account: { points: 50, duration: 5 * MINUTE },
} as const satisfies Record<string, Limit>

type Name = keyof typeof LIMITS
const NAMES = Object.keys(LIMITS) as Name[]

/**
 * Makes guessing passwords slow without locking anybody out for long. A try is counted before the password is looked at
 * and given back when it was right: a thousand guesses sent at once must not all find the count at zero. Whether the
 * account exists makes no difference. Without Redis each process counts for itself.
 */
export class SlowDown {
  readonly #limiters: Readonly<Record<Name, RateLimiterRedis>>

  constructor(redis: Redis) {
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

  /** Counts a try; answers how many seconds to wait when there were too many. */
  async count(username: string, address: string): Promise<number | undefined> {
    const keys = keysOf(username, address)
    const tries = NAMES.map((name) => this.#limiters[name].consume(keys[name]))
    const waits = (await Promise.allSettled(tries)).flatMap((each) => {
      if (each.status === 'fulfilled') return []
      if (each.reason instanceof RateLimiterRes) return [Math.ceil(each.reason.msBeforeNext / 1000)]
      throw each.reason
    })
    return waits.length > 0 ? Math.max(1, ...waits) : undefined
  }

  /** The password was right: gives the try back, and forgets this person's mistakes at this place. */
  async forgive(username: string, address: string): Promise<void> {
    const keys = keysOf(username, address)
    await this.#limiters.pair.delete(keys.pair)
    await this.#limiters.address.reward(keys.address)
    await this.#limiters.account.reward(keys.account)
  }
}

function keysOf(username: string, address: string): Record<Name, string> {
  const account = username.slice(0, 64)
  return { pair: `${account}|${address}`, address, account }
}
