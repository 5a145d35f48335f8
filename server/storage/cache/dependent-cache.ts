import { LRUCache } from 'lru-cache'
import { areSound, type Ground, type Grounds, type Topic } from './dependencies.js'

interface Reading<V> {
  readonly value: Promise<V>
  readonly grounds: readonly Ground[]
}

interface Rules {
  readonly grounds: Grounds
  readonly isTrusted: () => boolean
  readonly maxAgeMs: number
  readonly now: () => number
  readonly most: number
}

/**
 * What else was read from the stores, remembered by the rules of the token memory: for as long as every change is heard of,
 * until one touches what it rests on, and never longer than the age limit.
 */
export class Readings<V> {
  readonly #rules: Rules
  readonly #kept: LRUCache<string, Reading<V>>

  constructor(rules: Rules) {
    this.#rules = rules
    this.#kept = new LRUCache({
      max: rules.most,
      ttl: rules.maxAgeMs,
      perf: { now: rules.now },
      dispose: ({ grounds }) => rules.grounds.release(grounds),
    })
  }

  /**
   * What is kept is the reading, from the moment it begins: whoever comes while it goes on waits for the same one; its age
   * counts from before it could see anything; and once something changes, what it still brings reaches nobody new.
   */
  recall(key: string, topics: readonly Topic[], read: () => Promise<V>): Promise<V> {
    const known = this.#kept.get(key)
    if (known && areSound(known.grounds)) return known.value
    if (!this.#rules.isTrusted() || this.#rules.maxAgeMs === 0) return read()
    const grounds = topics.map((topic) => this.#rules.grounds.hold(topic))
    const reading = { value: read(), grounds }
    this.#kept.set(key, reading)
    // A store that did not answer says nothing about the next time.
    reading.value.catch(() => this.#kept.peek(key) === reading && this.#kept.delete(key))
    return reading.value
  }
}
