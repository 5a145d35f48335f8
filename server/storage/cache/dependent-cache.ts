import { LRUCache } from 'lru-cache'
import { areValid, type Dependencies, type Dependency } from './dependencies.js'
import type { Topic } from './topic.js'

interface CachedRead<V> {
  readonly value: Promise<V>
  /** The value, once it was read. */
  settled?: V
  readonly dependencies: readonly Dependency[]
}

interface DependentCacheOptions {
  readonly dependencies: Dependencies
  readonly isEnabled: () => boolean
  readonly maxAgeMs: number
  readonly now: () => number
  readonly maxEntries: number
}

/**
 * Caches other reads of the stores by the rules of the token cache: only while invalidations arrive, until a topic that
 * the read depends on changes, and never longer than the age limit.
 */
export class DependentCache<V> {
  readonly #options: DependentCacheOptions
  readonly #entries: LRUCache<string, CachedRead<V>>

  constructor(options: DependentCacheOptions) {
    this.#options = options
    this.#entries = new LRUCache({
      max: options.maxEntries,
      ttl: options.maxAgeMs,
      perf: { now: options.now },
      dispose: ({ dependencies }) => options.dependencies.release(dependencies),
    })
  }

  /**
   * Returns the cached read of a key, or starts one. Caches the promise, so that concurrent callers share one read. The TTL
   * starts before the read. A read that was invalidated while running is delivered to its waiters and to no later caller.
   */
  get(key: string, topics: readonly Topic[], read: () => Promise<V>): Promise<V> {
    const cached = this.#entries.get(key)
    if (cached && areValid(cached.dependencies)) return cached.value
    if (!this.#options.isEnabled() || this.#options.maxAgeMs === 0) return read()
    const dependencies = topics.map((topic) => this.#options.dependencies.retain(topic))
    const entry: CachedRead<V> = { value: read(), dependencies }
    this.#entries.set(key, entry)
    entry.value.then(
      (value) => {
        entry.settled = value
      },
      // A failed read is not cached: the next caller reads again.
      () => this.#entries.peek(key) === entry && this.#entries.delete(key),
    )
    return entry.value
  }

  /** Returns a value that {@link get} would return without a read; undefined when it would read, or is reading. */
  peek(key: string): V | undefined {
    const cached = this.#entries.get(key)
    return cached && areValid(cached.dependencies) ? cached.settled : undefined
  }
}
