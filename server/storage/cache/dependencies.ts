/**
 * What a change is of: a token, by its key; a person, by {@link personTopic}; or a program, by {@link programTopic}. No key and
 * no user name has a colon in it.
 */
export type Topic = string

export function personTopic(username: string): Topic {
  return `user:${username}`
}

/** Every program: of a load that changed many. */
export const ALL_PROGRAMS: Topic = 'programs:'

export function programTopic(id: string): Topic {
  return `program:${id}`
}

/** Something that what is remembered rests on, one for all that rest on it. Unsound once it has changed. */
export interface Dependency {
  readonly topic: Topic
  isValid: boolean
  holders: number
}

/**
 * What remembered tokens rest on besides themselves: the tokens they came from, and their owners. Taken hold of before it
 * is read: whatever changes during the reading is known to have changed when the reading is done.
 */
export class Dependencies {
  readonly #all = new Map<Topic, Dependency>()

  retain(topic: Topic): Dependency {
    const known = this.#all.get(topic)
    if (known) {
      known.holders++
      return known
    }
    const dependency = { topic, isValid: true, holders: 1 }
    this.#all.set(topic, dependency)
    return dependency
  }

  /** A dependency that nothing rests on any more is forgotten. */
  release(dependencies: readonly Dependency[]): void {
    for (const dependency of dependencies) {
      if (--dependency.holders === 0 && this.#all.get(dependency.topic) === dependency)
        this.#all.delete(dependency.topic)
    }
  }

  /** All that rests on it falls, at its next use; whoever takes hold of it from now on reads what is true from now on. */
  invalidate(topic: Topic): void {
    const dependency = this.#all.get(topic)
    if (!dependency) return
    dependency.isValid = false
    this.#all.delete(topic)
  }

  invalidateAll(): void {
    for (const dependency of this.#all.values()) dependency.isValid = false
    this.#all.clear()
  }
}

export function areValid(dependencies: readonly Dependency[]): boolean {
  for (const { isValid: sound } of dependencies) if (!sound) return false
  return true
}
