import { LRUCache } from 'lru-cache'
import { areValid, type Dependencies, type Dependency, type Topic } from './dependencies.js'

interface CachedRead<V> {
  readonly value: Promise<V>
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
 * What else was read from the stores, remembered by the rules of the token memory: for as long as every change is heard of,
 * until one touches what it rests on, and never longer than the age limit.
 */
export class DependentCache<V> {
  readonly #options: DependentCacheOptions
  readonly #entries: LRUCache<string, CachedRead<V>>

  constructor(rules: DependentCacheOptions) {
    this.#options = rules
    this.#entries = new LRUCache({
      max: rules.maxEntries,
      ttl: rules.maxAgeMs,
      perf: { now: rules.now },
      dispose: ({ dependencies }) => rules.dependencies.release(dependencies),
    })
  }

  /**
   * What is kept is the reading, from the moment it begins: whoever comes while it goes on waits for the same one; its age
   * counts from before it could see anything; and once something changes, what it still brings reaches nobody new.
   */
  get(key: string, topics: readonly Topic[], read: () => Promise<V>): Promise<V> {
    const known = this.#entries.get(key)
    if (known && areValid(known.dependencies)) return known.value
    if (!this.#options.isEnabled() || this.#options.maxAgeMs === 0) return read()
    const dependencies = topics.map((topic) => this.#options.dependencies.retain(topic))
    const reading = { value: read(), dependencies }
    this.#entries.set(key, reading)
    // A store that did not answer says nothing about the next time.
    reading.value.catch(() => this.#entries.peek(key) === reading && this.#entries.delete(key))
    return reading.value
  }
}
