import { LRUCache } from 'lru-cache'
import type { TokenKey } from '../../core/token/token.js'
import type { AttachedList } from './attached-list.js'
import type { CachedToken } from './cached-token.js'

/** On average over all tokens; few of them need as much. */
const BYTES_PER_TOKEN = 1024
/** How many tokens in use an eviction passes over. */
const MAX_SECOND_CHANCES = 16

/**
 * Holds cached tokens within limits of number and bytes; evicts tokens not in use first (CLOCK). By hand: lru-cache reorders
 * its list at every hit, on the path of every check, and takes more memory for each entry.
 */
export class BoundedEntries {
  readonly #entries = new Map<TokenKey, CachedToken>()
  readonly #maxEntries: number
  readonly #onDrop: (entry: CachedToken) => void
  #bytes = 0

  constructor(maxEntries: number, onDrop: (entry: CachedToken) => void) {
    this.#maxEntries = maxEntries
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

  /** Drops all entries at once, without calling `onDrop`. */
  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  /** Replaces the attachments of an entry; false, without effect, when the entry is no longer cached. */
  attach(entry: CachedToken, list: AttachedList<unknown>): boolean {
    if (this.#entries.get(entry.key) !== entry) return false
    const growth = list.bytes - (entry.attached?.bytes ?? 0)
    entry.attached = list
    this.#bytes += growth
    return true
  }

  #makeRoom(): void {
    let spared = 0
    for (const [key, entry] of this.#entries) {
      const isFull = this.#entries.size > this.#maxEntries || this.#bytes > this.#maxEntries * BYTES_PER_TOKEN
      if (!isFull) return
      if (entry.isRecentlyUsed && spared < MAX_SECOND_CHANCES) {
        spared++
        entry.isRecentlyUsed = false
        this.#entries.delete(key)
        this.#entries.set(key, entry)
      } else this.drop(key)
    }
  }
}

/** More distinct lists of scopes and groups than most sites have users. */
const MAX_LISTS = 20_000

/** Shares one list among all tokens with equal scopes, or equal groups: most of a hundred thousand tokens have another's. */
export class InternedLists {
  readonly #lists = new LRUCache<string, readonly string[]>({ max: MAX_LISTS })

  intern<T extends string>(list: readonly T[]): readonly T[] {
    const text = list.join('\n')
    const interned = this.#lists.get(text)
    if (interned) return interned as readonly T[]
    const copy = text === '' && list.length === 0 ? [] : (text.split('\n') as T[])
    this.#lists.set(text, copy)
    return copy
  }
}
