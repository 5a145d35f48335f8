import type { TokenRecord } from '../../core/token/record.js'
import type { AttachedList } from './attached-list.js'
import type { Topic } from './topic.js'

/** The part of a cached token that others share. */
export interface Twin {
  readonly record: TokenRecord
  readonly attached: AttachedList<unknown> | undefined
}

/** A dependency of cached entries; shared by all entries that depend on it. Invalid once its topic has changed. */
export class Dependency {
  readonly topic: Topic
  isValid: boolean
  holders = 1
  /** One of the cached tokens that depend on it: those of one owner share what they have alike. */
  twin: Twin | undefined = undefined

  constructor(topic: Topic, isValid: boolean) {
    this.topic = topic
    this.isValid = isValid
  }
}

/** The dependencies of an entry. Most entries depend on their owner alone, and have no list for that. */
export type DependsOn = Dependency | readonly Dependency[]

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
    return lastChange > moment ? new Dependency(topic, false) : this.retain(topic)
  }

  retain(topic: Topic): Dependency {
    const existing = this.#byTopic.get(topic)
    if (existing) {
      existing.holders++
      return existing
    }
    const dependency = new Dependency(flat(topic), true)
    this.#byTopic.set(dependency.topic, dependency)
    return dependency
  }

  /** Drops the dependencies that no entry holds any more. */
  release(dependencies: DependsOn): void {
    if (dependencies instanceof Dependency) this.#release(dependencies)
    else for (const dependency of dependencies) this.#release(dependency)
  }

  #release(dependency: Dependency): void {
    if (--dependency.holders === 0 && this.#byTopic.get(dependency.topic) === dependency)
      this.#byTopic.delete(dependency.topic)
  }

  /** Invalidates all entries that depend on a topic, at their next use. A later {@link retain} gets a new dependency. */
  invalidate(topic: Topic): void {
    this.#note(topic)
    const dependency = this.#byTopic.get(topic)
    if (!dependency) return
    end(dependency)
    this.#byTopic.delete(topic)
  }

  invalidateAll(): void {
    this.#lastUnknownChange = ++this.#lastChange
    this.#changes.clear()
    for (const dependency of this.#byTopic.values()) end(dependency)
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

export function areValid(dependencies: DependsOn): boolean {
  if (dependencies instanceof Dependency) return dependencies.isValid
  for (const { isValid } of dependencies) if (!isValid) return false
  return true
}

/** Ends a dependency; a reader of something else may hold it for long, and with it the token. */
function end(dependency: Dependency): void {
  dependency.isValid = false
  dependency.twin = undefined
}

/** Returns the dependency on the owner of a token, which its reader declares last. */
export function ownerAmong(dependencies: DependsOn): Dependency | undefined {
  return dependencies instanceof Dependency ? dependencies : dependencies.at(-1)
}

/** Copies a topic. One put together from two texts keeps both parts in memory. */
function flat(topic: Topic): Topic {
  return Buffer.from(topic).toString() as Topic
}
