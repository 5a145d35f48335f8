import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { MINUTE } from '../core/time.js'
import type { RedisClient } from '../storage/redis/client.js'

/** Tries that may fail in a span of seconds before the next one has to wait for the span to end. */
interface Limit {
  readonly points: number
  readonly duration: number
}

/** In the order in which they count: one person at one place; anybody at one place (an institute may share an address); one person from anywhere. */
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
   * Counts a try; answers how many seconds to wait when there were too many. One person at one place is counted first, and
   * a try that is refused there counts no further: or whoever goes on trying could shut that person out everywhere, and
   * everybody else at that place.
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

  /** The password was right: gives the try back, and forgets this person's mistakes at this place. */
  async reset(username: string, address: string): Promise<void> {
    const keys = keysOf(username, address)
    await this.#limiters.pair.delete(keys.pair)
    await this.#limiters.address.reward(keys.address)
    await this.#limiters.account.reward(keys.account)
  }
}

function keysOf(username: string, from: string): Record<Name, string> {
  const account = username.slice(0, 64)
  const address = networkOf(from)
  return { pair: `${account}|${address}`, address, account }
}

/** Whoever has one IPv6 address has 2^64 of them: they count as one place. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
