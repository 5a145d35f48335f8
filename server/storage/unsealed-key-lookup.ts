import { homeOf, type TokenKey } from '../core/token/token.js'
import { isTokenTopic, type Topic } from './cache/topic.js'
import type { Postgres } from './postgres/client.js'
import { existingInPostgres, keysAfter } from './postgres/tokens.js'
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

/** Bounds the memory for known keys to some 20 MB. Further ones are looked up. */
const MAX_KNOWN_KEYS = 250_000
const KEYS_PER_QUERY = 1_000

/**
 * Looks up keys without a valid MAC of this site. Nearly all are junk; the others were imported, or issued under a master
 * secret that is no longer configured. Those that exist are known: {@link refresh} reads them, and a lookup adds the one that
 * it finds. While the others exist, each is looked up at once. After one that does not, the lookups of a second are batched
 * into one query.
 *
 * Attack: a flood of invented keys. It costs one query a second, and neither tokens with a valid MAC nor known ones queue behind it.
 */
export class UnsealedKeyLookup {
  readonly #postgres: Postgres
  readonly #isSealed: (key: TokenKey) => boolean
  #known = new Set<TokenKey>()
  #pending: PendingLookup[] = []
  #timer: NodeJS.Timeout | undefined
  #pauseUntil = 0

  constructor(postgres: Postgres, isSealed: (key: TokenKey) => boolean) {
    this.#postgres = postgres
    this.#isSealed = isSealed
  }

  /** Reads the existing keys without a MAC. In small parts, or the checks would wait for those of a large site. */
  async refresh(): Promise<void> {
    const known = new Set<TokenKey>()
    for (let after = ''; ; ) {
      const keys = await keysAfter(this.#postgres, after, KEYS_PER_QUERY)
      for (const key of keys) if (!this.#isSealed(key) && known.size < MAX_KNOWN_KEYS) known.add(key)
      after = keys.at(-1) ?? ''
      if (keys.length < KEYS_PER_QUERY) break
    }
    this.#known = known
  }

  /**
   * Notes keys that were changed: an import changes its keys, so that their first lookup waits for no other. The other
   * changed ones cost a query when they are used.
   *
   * @returns whether there is one without a valid MAC among them
   */
  learn(topics: readonly Topic[]): boolean {
    let learned = false
    for (const topic of topics) {
      if (!isTokenTopic(topic) || homeOf(topic) === 'redis' || this.#isSealed(topic)) continue
      learned = true
      if (this.#known.size < MAX_KNOWN_KEYS) this.#known.add(topic)
    }
    return learned
  }

  /** Returns whether PostgreSQL has this key, or had it at the last {@link refresh}. Throws {@link StoreOverloaded} when too many lookups are pending. */
  exists(key: TokenKey): Promise<boolean> {
    if (this.#known.has(key)) return Promise.resolve(true)
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
      for (const key of existing) if (this.#known.size < MAX_KNOWN_KEYS) this.#known.add(key)
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
