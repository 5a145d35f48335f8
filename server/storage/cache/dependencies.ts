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
export interface Ground {
  readonly topic: Topic
  sound: boolean
  holders: number
}

/**
 * What remembered tokens rest on besides themselves: the tokens they came from, and their owners. Taken hold of before it
 * is read: whatever changes during the reading is known to have changed when the reading is done.
 */
export class Grounds {
  readonly #all = new Map<Topic, Ground>()

  hold(topic: Topic): Ground {
    const known = this.#all.get(topic)
    if (known) {
      known.holders++
      return known
    }
    const ground = { topic, sound: true, holders: 1 }
    this.#all.set(topic, ground)
    return ground
  }

  /** A ground that nothing rests on any more is forgotten. */
  release(grounds: readonly Ground[]): void {
    for (const ground of grounds) {
      if (--ground.holders === 0 && this.#all.get(ground.topic) === ground) this.#all.delete(ground.topic)
    }
  }

  /** All that rests on it falls, at its next use; whoever takes hold of it from now on reads what is true from now on. */
  undermine(topic: Topic): void {
    const ground = this.#all.get(topic)
    if (!ground) return
    ground.sound = false
    this.#all.delete(topic)
  }

  undermineAll(): void {
    for (const ground of this.#all.values()) ground.sound = false
    this.#all.clear()
  }
}

export function areSound(grounds: readonly Ground[]): boolean {
  for (const { sound } of grounds) if (!sound) return false
  return true
}
