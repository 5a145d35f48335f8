/** Milliseconds between two turns in which shed requests are answered. */
export const TURN_MS = 5

/** The most that are answered in a turn, which takes a fraction of it. */
const ANSWERS_A_TURN = 50

/** Of the connections of a listener, those that may wait for the answer to a shed request: the others are for what is taken. */
const MOST_WAITING = 0.9

/**
 * Says when shed requests are answered: so many in a turn, and the others wait for theirs, in their order.
 *
 * Attack: clients on hundreds of connections ask again as soon as they are shed. Answered at once, their requests take each turn of
 * the event loop, and those that were admitted wait several turns. Each connection that waits asks nothing.
 */
export class RefusalQueue<T> {
  readonly #most: number
  readonly #waiting: T[] = []
  #left = ANSWERS_A_TURN

  /** @param connections the most that the listener has */
  constructor(connections: number) {
    this.#most = Math.floor(connections * MOST_WAITING)
  }

  /** Returns whether nothing has been answered in this turn, and nothing waits. */
  get isIdle(): boolean {
    return this.#left === ANSWERS_A_TURN && this.#waiting.length === 0
  }

  /**
   * Takes an answer that is to wait.
   *
   * @returns false, without keeping it, if it is to be sent at once
   */
  holds(answer: T): boolean {
    if (this.#waiting.length === 0 && this.#left > 0) {
      this.#left--
      return false
    }
    if (this.#waiting.length >= this.#most) return false
    this.#waiting.push(answer)
    return true
  }

  /** Begins a turn. */
  turn(): void {
    this.#left = ANSWERS_A_TURN
  }

  /** Takes out the next answer of this turn; undefined when there is none, or there were enough. */
  next(): T | undefined {
    if (this.#left === 0 || this.#waiting.length === 0) return undefined
    this.#left--
    return this.#waiting.shift()
  }
}
