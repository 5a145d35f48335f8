import type { TokenKey } from '../core/token/token.js'
import type { Postgres } from './postgres/client.js'
import { existingInPostgres } from './postgres/tokens.js'
import { StoreOverloaded } from './unavailable.js'

/** Somewhat above a second, so that at most one query is made in any second. */
const PAUSE_MS = 1_200
/** Further lookups are refused: each that waits holds a connection of the proxy's. */
const MAX_PENDING_LOOKUPS = 200

interface PendingLookup {
  readonly key: TokenKey
  readonly resolve: (exists: boolean) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks up keys without a valid MAC of this site. Nearly all are junk; the others were imported, or issued under a master
 * secret that is no longer configured. While they exist, each is looked up at once. After one that does not, the lookups of
 * a second are batched into one query.
 *
 * Attack: a flood of invented keys. It costs one query a second, and tokens with a valid MAC do not queue behind it.
 */
export class UnsealedKeyLookup {
  readonly #postgres: Postgres
  #pending: PendingLookup[] = []
  #timer: NodeJS.Timeout | undefined
  #pauseUntil = 0

  constructor(postgres: Postgres) {
    this.#postgres = postgres
  }

  /** Returns whether PostgreSQL has this key. Throws {@link StoreOverloaded} when too many lookups are pending. */
  exists(key: TokenKey): Promise<boolean> {
    if (this.#pending.length >= MAX_PENDING_LOOKUPS)
      return Promise.reject(new StoreOverloaded('Too many unknown tokens at a time'))
    return new Promise((resolve, reject) => {
      this.#pending.push({ key, resolve, reject })
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

  async #lookUp(): Promise<void> {
    const batch = this.#pending.splice(0)
    this.#pauseUntil = performance.now() + PAUSE_MS
    try {
      const existing = await existingInPostgres(this.#postgres, [...new Set(batch.map(({ key }) => key))])
      if (batch.every(({ key }) => existing.has(key))) this.#pauseUntil = 0
      for (const { key, resolve } of batch) resolve(existing.has(key))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    // A lookup added during the query has set a timer for a pause that may be over.
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length > 0) this.#schedule()
  }
}
