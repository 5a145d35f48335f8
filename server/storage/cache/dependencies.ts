import type { Topic } from './topic.js'

/** A dependency of cached entries; shared by all entries that depend on it. Invalid once its topic has changed. */
export interface Dependency {
  readonly topic: Topic
  isValid: boolean
  holders: number
}

/**
 * Tracks the dependencies of cached tokens: their ancestors and owners. A dependency is retained before its topic is read,
 * so that a change during the read invalidates the result.
 */
export class Dependencies {
  readonly #byTopic = new Map<Topic, Dependency>()

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
    const dependency = this.#byTopic.get(topic)
    if (!dependency) return
    dependency.isValid = false
    this.#byTopic.delete(topic)
  }

  invalidateAll(): void {
    for (const dependency of this.#byTopic.values()) dependency.isValid = false
    this.#byTopic.clear()
  }
}

export function areValid(dependencies: readonly Dependency[]): boolean {
  for (const { isValid } of dependencies) if (!isValid) return false
  return true
}
