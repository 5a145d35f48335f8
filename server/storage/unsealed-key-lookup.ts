import { homeOf, type TokenKey } from '../core/token/token.js'
import { isTokenTopic, type Topic } from './cache/topic.js'
import { type FoundKeys, KeyBatches } from './key-batches.js'
import type { Postgres } from './postgres/client.js'
import { existingInPostgres, keysAfter } from './postgres/tokens.js'

/** Somewhat above a second, so that at most one query is made in any second. */
const PAUSE_MS = 1_200
/** Further lookups are refused: each that waits holds a connection of the proxy's. */
const MAX_PENDING_LOOKUPS = 200

/** The store of another site, whose tokens are taken over when they are first used. */
export interface FormerStore {
  /** Returns whether it had the key when its keys were last listed. */
  isListed(key: TokenKey): boolean
  /** Takes over those of the keys that it has. */
  takeOver(keys: readonly TokenKey[]): Promise<FoundKeys>
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
  /** Known since the refresh under way began. */
  #recent: Set<TokenKey> | undefined
  #former: FormerStore | undefined
  readonly #unlisted = new KeyBatches((keys) => this.#lookUp(keys), {
    pause: PAUSE_MS,
    maxPending: MAX_PENDING_LOOKUPS,
  })
  readonly #listed = new KeyBatches((keys) => this.#lookUp(keys), { pause: 0, maxPending: Number.POSITIVE_INFINITY })

  constructor(postgres: Postgres, isSealed: (key: TokenKey) => boolean) {
    this.#postgres = postgres
    this.#isSealed = isSealed
  }

  /** Reads the existing keys without a MAC. In small parts, or the checks would wait for those of a large site. */
  async refresh(): Promise<void> {
    const recent = new Set<TokenKey>()
    this.#recent = recent
    const known = new Set<TokenKey>()
    for (let after = ''; ; ) {
      const keys = await keysAfter(this.#postgres, after, KEYS_PER_QUERY)
      for (const key of keys) if (!this.#isSealed(key) && known.size < MAX_KNOWN_KEYS) known.add(key)
      after = keys.at(-1) ?? ''
      if (keys.length < KEYS_PER_QUERY) break
    }
    // An import may have put them where the reading had passed already.
    for (const key of recent) known.add(key)
    this.#known = known
    this.#recent = undefined
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
      this.#add(topic)
    }
    return learned
  }

  /** Takes over tokens of another store from now on. Those that it lists do not queue behind others. */
  alsoIn(former: FormerStore): void {
    this.#former = former
  }

  /**
   * Returns whether PostgreSQL has this key, or had it at the last {@link refresh}; where the token is of another store, it is
   * taken over first.
   *
   * @throws when it cannot be known, or too many lookups are pending
   */
  async exists(key: TokenKey): Promise<boolean> {
    if (this.#known.has(key)) return true
    return this.#former?.isListed(key) ? this.#listed.ask(key) : this.#unlisted.ask(key)
  }

  /** Returns how many lookups wait: those of junk wait for a second, and cost nothing. */
  get waiting(): number {
    return this.#unlisted.waiting
  }

  async #lookUp(keys: readonly TokenKey[]): Promise<FoundKeys> {
    const existing = await existingInPostgres(this.#postgres, keys)
    const missing = keys.filter((key) => !existing.has(key))
    const taken = missing.length > 0 ? await this.#former?.takeOver(missing) : undefined
    const found = new Set([...existing, ...(taken?.found ?? [])])
    for (const key of found) this.#add(key)
    return { ...taken, found }
  }

  #add(key: TokenKey): void {
    if (this.#known.size >= MAX_KNOWN_KEYS) return
    this.#known.add(key)
    this.#recent?.add(key)
  }
}
