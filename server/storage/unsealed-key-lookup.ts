import { homeOf, type TokenHome, type TokenKey } from '../core/token/token.js'
import type { Postgres } from './postgres/client.js'
import { whichInPostgres } from './postgres/tokens.js'
import type { RedisClient } from './redis/client.js'
import { whichInRedis } from './redis/tokens.js'
import { StoreBusy } from './unavailable.js'

/** A little more than the second in which one question is meant to be the most. */
const PAUSE_MS = 1_200
/** More than this many wait for nothing: each holds a connection of the proxy's. */
const MOST_WAITING = 200

interface Waiting {
  readonly key: TokenKey
  readonly tell: (exists: boolean) => void
  readonly fail: (error: unknown) => void
}

/**
 * Looks for keys that bear no seal of this site's: nearly always junk, now and then a token that was brought from
 * elsewhere or made under a master secret that is no longer in the configuration. As long as they turn out to be real,
 * each is looked for at once. After one that was not, they are gathered, and all who came in a second are one question to
 * one store: a flood of junk costs no more than that, and the sealed tokens do not stand in its queue.
 */
export class StrangeKeys {
  readonly #stores: { readonly postgres: Postgres; readonly redis: RedisClient }
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #pauseUntil = 0

  constructor(stores: { readonly postgres: Postgres; readonly redis: RedisClient }) {
    this.#stores = stores
  }

  /** Whether a store has this key. Throws {@link StoreBusy} when too many wait to know. */
  exists(key: TokenKey): Promise<boolean> {
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(new StoreBusy('Too many unknown tokens at a time'))
    return new Promise((tell, fail) => {
      this.#waiting.push({ key, tell, fail })
      this.#wake()
    })
  }

  #wake(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        void this.#ask()
      },
      Math.max(0, this.#pauseUntil - performance.now()),
    )
  }

  /** Asks the store of whoever has waited longest, for all who wait for that store. */
  async #ask(): Promise<void> {
    const [first] = this.#waiting
    if (!first) return
    const home = homeOf(first.key)
    const asking = this.#waiting.filter(({ key }) => homeOf(key) === home)
    this.#waiting = this.#waiting.filter(({ key }) => homeOf(key) !== home)
    this.#pauseUntil = performance.now() + PAUSE_MS
    try {
      const there = await this.#which(home, [...new Set(asking.map(({ key }) => key))])
      if (asking.every(({ key }) => there.has(key))) this.#pauseUntil = 0
      for (const { key, tell } of asking) tell(there.has(key))
    } catch (error) {
      for (const { fail } of asking) fail(error)
    }
    // Who came during the question has set a timer for a pause that may be over.
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length > 0) this.#wake()
  }

  #which(home: TokenHome, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
    return home === 'redis' ? whichInRedis(this.#stores.redis, keys) : whichInPostgres(this.#stores.postgres, keys)
  }
}
