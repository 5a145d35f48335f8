import { LRUCache } from 'lru-cache'
import type { TokenKey } from '../../core/token/token.js'
import { areValid, type Dependency } from './dependencies.js'

/** A client that repeats a dead token causes one read in this time. */
const TTL_MS = 2_000
const MAX_KEYS = 10_000

interface NegativeEntry {
  readonly until: number
  /** The reason: a disabled owner, a revoked parent. An administrator who enables the owner does not know the key. */
  readonly dependencies: readonly Dependency[]
}

/** Caches keys that no valid token has, for two seconds. Invented keys evict other invented keys, and never a token. */
export class NegativeCache {
  readonly #entries: LRUCache<TokenKey, NegativeEntry>

  constructor(onDrop: (dependencies: readonly Dependency[]) => void) {
    this.#entries = new LRUCache({ max: MAX_KEYS, dispose: ({ dependencies }) => onDrop(dependencies) })
  }

  /** @param readAt milliseconds of the process' clock at which the read began */
  add(key: TokenKey, dependencies: readonly Dependency[], readAt: number): void {
    this.#entries.set(key, { until: readAt + TTL_MS, dependencies })
  }

  has(key: TokenKey, now: number): boolean {
    const entry = this.#entries.peek(key)
    if (entry === undefined) return false
    if (now < entry.until && areValid(entry.dependencies)) return true
    this.#entries.delete(key)
    return false
  }

  delete(key: TokenKey): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}
