import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'
import { NetworkThrottle, Throttle } from '../../storage/redis/throttle.js'

/*
 * More than people type by hand, and than an institute behind one address needs. There are 2.6 · 10¹⁰ codes, each valid for ten
 * minutes: a user who guesses at this pace finds one of a thousand waiting devices in 4000 years.
 */
const WRONG_CODES_OF_USER = { points: 10, duration: MINUTE } as const
const WRONG_CODES_OF_NETWORK = { points: 60, duration: MINUTE } as const
const REQUESTS = { points: 60, duration: 10 * MINUTE } as const
const REGISTRATIONS = { points: 20, duration: 60 * MINUTE } as const

/** Limits the codes that users enter. */
export class CodeThrottle {
  readonly #user: Throttle
  readonly #network: NetworkThrottle

  constructor(redis: RedisClient) {
    this.#user = new Throttle(redis, 'device:user', WRONG_CODES_OF_USER)
    this.#network = new NetworkThrottle(redis, 'device:network', WRONG_CODES_OF_NETWORK)
  }

  /** Counts a code; returns the seconds to wait if there were too many. */
  async count(username: string, address: string | undefined): Promise<number | undefined> {
    return (await this.#user.count(username)) ?? this.#network.count(address)
  }

  /** Gives a code back that was right. */
  async giveBack(username: string, address: string | undefined): Promise<void> {
    await this.#user.giveBack(username)
    await this.#network.giveBack(address)
  }
}

/** Limits the codes that devices ask for. */
export const requestThrottle = (redis: RedisClient) => new NetworkThrottle(redis, 'device:request', REQUESTS)

/** Limits the clients that register themselves. */
export const registrationThrottle = (redis: RedisClient) =>
  new NetworkThrottle(redis, 'device:registration', REGISTRATIONS)
