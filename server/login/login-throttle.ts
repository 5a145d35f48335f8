import { clientNetwork } from '../core/access/ip-network.js'
import { MINUTE } from '../core/time.js'
import type { RedisClient } from '../storage/redis/client.js'
import { type Limit, Throttle } from '../storage/redis/throttle.js'
import { type WaitingLimits, WaitingRoom } from './waiting-room.js'

/**
 * One browser that its user has signed in with before; one user at one address; all users at one address (an institute may
 * share it); one user at all.
 */
const LIMITS = {
  device: { points: 10, duration: 5 * MINUTE },
  pair: { points: 5, duration: MINUTE },
  address: { points: 50, duration: 5 * MINUTE },
  account: { points: 50, duration: 5 * MINUTE },
} as const satisfies Record<string, Limit>

type Name = keyof typeof LIMITS

const WAITING: WaitingLimits = { delay: 5000, perAccount: 3, total: 100 }

/** An attempt to sign in with a password. */
export interface Attempt {
  readonly username: string
  readonly address: string
  /** Of the browser's device cookie, where that user has signed in before. */
  readonly device?: string
}

/** Throttles password guessing without locking a user out. Whether the account exists makes no difference. */
export class LoginThrottle {
  readonly #throttles: Readonly<Record<Name, Throttle>>
  readonly #waiting: WaitingRoom

  constructor(redis: RedisClient, waiting: WaitingLimits = WAITING) {
    const throttle = (name: Name) => new Throttle(redis, `sign-in:${name}`, LIMITS[name])
    this.#throttles = {
      device: throttle('device'),
      pair: throttle('pair'),
      address: throttle('address'),
      account: throttle('account'),
    }
    this.#waiting = new WaitingRoom(waiting)
  }

  /**
   * Counts an attempt; returns the seconds to wait if there were too many. One user at one address is counted first, and an
   * attempt that is throttled there counts no further.
   *
   * Attack: guesses from many addresses would shut the user out everywhere. A browser in which they have signed in before
   * has a limit of its own alone, and too many guesses at an account delay the next ones and do not refuse them.
   */
  async count(attempt: Attempt): Promise<number | undefined> {
    const keys = keysOf(attempt)
    if (keys.device !== undefined) return this.#throttles.device.count(keys.device)
    const wait = (await this.#throttles.pair.count(keys.pair)) ?? (await this.#throttles.address.count(keys.address))
    if (wait !== undefined) return wait
    const slow = await this.#throttles.account.count(keys.account)
    if (slow === undefined || (await this.#waiting.wait(keys.account))) return undefined
    return Math.ceil(this.#waiting.limits.delay / 1000)
  }

  /** Gives a successful attempt back, and resets the failures of this browser, or of this user at this address. */
  async reset(attempt: Attempt): Promise<void> {
    const keys = keysOf(attempt)
    if (keys.device !== undefined) {
      await this.#throttles.device.forget(keys.device)
      return
    }
    await this.#throttles.pair.forget(keys.pair)
    await this.#throttles.address.giveBack(keys.address)
    await this.#throttles.account.giveBack(keys.account)
  }
}

function keysOf({ username, address: from, device }: Attempt) {
  const account = username.slice(0, 64)
  const address = clientNetwork(from)
  return { pair: `${account}|${address}`, address, account, device }
}
