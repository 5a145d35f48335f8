import type { TokenKey } from '../../core/token/token.js'
import type { CachedToken } from './cached-token.js'

/** On average over all tokens; few of them need as much. */
const BYTES_PER_TOKEN = 1024
/** How many tokens in use are passed over in search of one to throw out. */
const MAX_SECOND_CHANCES = 16
const MAX_RESPONSES = 8
const BYTES_PER_RESPONSE = 280

/** The tokens that are remembered, in as much room as they may take: when it is full, one that is not in use goes first. */
export class BoundedEntries {
  readonly #entries = new Map<TokenKey, CachedToken>()
  readonly #maxEntries: number
  readonly #onDrop: (entry: CachedToken) => void
  #bytes = 0

  constructor(most: number, onDrop: (entry: CachedToken) => void) {
    this.#maxEntries = most
    this.#onDrop = onDrop
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: TokenKey): CachedToken | undefined {
    return this.#entries.get(key)
  }

  put(entry: CachedToken): void {
    this.drop(entry.key)
    this.#entries.set(entry.key, entry)
    this.#bytes += entry.bytes
    this.#makeRoom()
  }

  drop(key: TokenKey): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
    this.#onDrop(entry)
  }

  /** Drops all of them at once, and tells nobody. */
  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  /** Keeps answers with a token for as long as the token itself; the first few of them. */
  attach(entry: CachedToken, answers: readonly unknown[]): void {
    if (this.#entries.get(entry.key) !== entry) return
    const kept = answers.slice(0, MAX_RESPONSES)
    const more = (kept.length - entry.attachments.length) * BYTES_PER_RESPONSE
    entry.attachments = kept
    entry.bytes += more
    this.#bytes += more
  }

  #makeRoom(): void {
    let spared = 0
    for (const [key, entry] of this.#entries) {
      const full = this.#entries.size > this.#maxEntries || this.#bytes > this.#maxEntries * BYTES_PER_TOKEN
      if (!full) return
      if (entry.isRecentlyUsed && spared < MAX_SECOND_CHANCES) {
        spared++
        entry.isRecentlyUsed = false
        this.#entries.delete(key)
        this.#entries.set(key, entry)
      } else this.drop(key)
    }
  }
}

/** More different lists of scopes and groups than most sites have people. */
const MAX_LISTS = 20_000

/** One list for all that hold the same: of a hundred thousand tokens most have the scopes of some other, and its groups. */
export class InternedLists {
  readonly #lists = new Map<string, readonly string[]>()

  intern<T extends string>(list: readonly T[]): readonly T[] {
    const words = list.join('\n')
    const known = this.#lists.get(words)
    if (known) return known as readonly T[]
    if (this.#lists.size >= MAX_LISTS) this.#lists.clear()
    const own = words === '' && list.length === 0 ? [] : (words.split('\n') as T[])
    this.#lists.set(words, own)
    return own
  }
}
