import type { Topic } from './topic.js'

/** A dependency of cached entries; shared by all entries that depend on it. Invalid once its topic has changed. */
export interface Dependency {
  readonly topic: Topic
  isValid: boolean
  holders: number
}

/** So many of the last changes are known; an earlier one may have been of any topic. */
const KNOWN_CHANGES = 1_000

/**
 * Tracks the dependencies of cached tokens: their ancestors and owners. A dependency is retained before its topic is read,
 * or else since the {@link moment} before: a change during the read invalidates the result.
 */
export class Dependencies {
  readonly #byTopic = new Map<Topic, Dependency>()
  /** The number of each topic's last change, the earliest first. */
  readonly #changes = new Map<Topic, number>()
  #lastChange = 0
  #lastUnknownChange = 0

  /** The number of changes until now, for {@link retainSince}. */
  get moment(): number {
    return this.#lastChange
  }

  /** As {@link retain}; the dependency is invalid when its topic may have changed since a moment. */
  retainSince(topic: Topic, moment: number): Dependency {
    const lastChange = this.#changes.get(topic) ?? this.#lastUnknownChange
    return lastChange > moment ? { topic, isValid: false, holders: 1 } : this.retain(topic)
  }

  retain(topic: Topic): Dependency {
    const existing = this.#byTopic.get(topic)
    if (existing) {
      existing.holders++
      return existing
    }
    const dependency = { topic, isValid: true, holders: 1 }
    this.#byTopic.set(topic, dependency)
    return dependency
  }

  /** Drops the dependencies that no entry holds any more. */
  release(dependencies: readonly Dependency[]): void {
    for (const dependency of dependencies) {
      if (--dependency.holders === 0 && this.#byTopic.get(dependency.topic) === dependency)
        this.#byTopic.delete(dependency.topic)
    }
  }

  /** Invalidates all entries that depend on a topic, at their next use. A later {@link retain} gets a new dependency. */
  invalidate(topic: Topic): void {
    this.#note(topic)
    const dependency = this.#byTopic.get(topic)
    if (!dependency) return
    dependency.isValid = false
    this.#byTopic.delete(topic)
  }

  invalidateAll(): void {
    this.#lastUnknownChange = ++this.#lastChange
    this.#changes.clear()
    for (const dependency of this.#byTopic.values()) dependency.isValid = false
    this.#byTopic.clear()
  }

  #note(topic: Topic): void {
    this.#changes.delete(topic)
    this.#changes.set(topic, ++this.#lastChange)
    if (this.#changes.size <= KNOWN_CHANGES) return
    for (const [earliest, change] of this.#changes) {
      this.#changes.delete(earliest)
      this.#lastUnknownChange = change
      return
    }
  }
}

export function areValid(dependencies: readonly Dependency[]): boolean {
  for (const { isValid } of dependencies) if (!isValid) return false
  return true
}
