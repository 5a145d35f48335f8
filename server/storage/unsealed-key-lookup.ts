import { homeOf, type TokenHome, type TokenKey } from '../core/token/token.js'
import type { Postgres } from './postgres/client.js'
import { existingInPostgres } from './postgres/tokens.js'
import type { RedisClient } from './redis/client.js'
import { existingInRedis } from './redis/tokens.js'
import { StoreOverloaded } from './unavailable.js'

/** A little more than the second in which one question is meant to be the most. */
const PAUSE_MS = 1_200
/** More than this many wait for nothing: each holds a connection of the proxy's. */
const MAX_PENDING_LOOKUPS = 200

interface PendingLookup {
  readonly key: TokenKey
  readonly resolve: (exists: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks for keys that bear no seal of this site's: nearly always junk, now and then a token that was brought from
 * elsewhere or made under a master secret that is no longer in the configuration. As long as they turn out to be real,
 * each is looked for at once. After one that was not, they are gathered, and all who came in a second are one question to
 * one store: a flood of junk costs no more than that, and the sealed tokens do not stand in its queue.
 */
export class UnsealedKeyLookup {
  readonly #stores: { readonly postgres: Postgres; readonly redis: RedisClient }
  #pending: PendingLookup[] = []
  #timer: NodeJS.Timeout | undefined
  #pauseUntil = 0

  constructor(stores: { readonly postgres: Postgres; readonly redis: RedisClient }) {
    this.#stores = stores
  }

  /** Whether a store has this key. Throws {@link StoreOverloaded} when too many wait to know. */
  exists(key: TokenKey): Promise<boolean> {
    if (this.#pending.length >= MAX_PENDING_LOOKUPS)
      return Promise.reject(new StoreOverloaded('Too many unknown tokens at a time'))
    return new Promise((tell, fail) => {
      this.#pending.push({ key, resolve: tell, reject: fail })
      this.#schedule()
    })
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        void this.#lookUp()
      },
      Math.max(0, this.#pauseUntil - performance.now()),
    )
  }

  /** Asks the store of whoever has waited longest, for all who wait for that store. */
  async #lookUp(): Promise<void> {
    const [first] = this.#pending
    if (!first) return
    const home = homeOf(first.key)
    const asking = this.#pending.filter(({ key }) => homeOf(key) === home)
    this.#pending = this.#pending.filter(({ key }) => homeOf(key) !== home)
    this.#pauseUntil = performance.now() + PAUSE_MS
    try {
      const there = await this.#existing(home, [...new Set(asking.map(({ key }) => key))])
      if (asking.every(({ key }) => there.has(key))) this.#pauseUntil = 0
      for (const { key, resolve: tell } of asking) tell(there.has(key))
    } catch (error) {
      for (const { reject: fail } of asking) fail(error)
    }
    // Who came during the question has set a timer for a pause that may be over.
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length > 0) this.#schedule()
  }

  #existing(home: TokenHome, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
    return home === 'redis'
      ? existingInRedis(this.#stores.redis, keys)
      : existingInPostgres(this.#stores.postgres, keys)
  }
}
