import type { TraceParent } from './trace-parent.js'

/** Traces that a process begins in a second at most. */
export const MOST_TRACES_PER_SECOND = 50

/**
 * Decides which requests are traced: those of traces that the caller samples, and a share of the others.
 *
 * Attack: each client may say that its request is sampled. So the number in each second is bounded.
 */
export class Sampler {
  readonly #ratio: number
  #second = 0
  #taken = 0

  /** @param ratio of the requests that belong to no trace yet, from 0 to 1 */
  constructor(ratio: number) {
    this.#ratio = ratio
  }

  /**
   * @param chance a random number below 1
   * @param nowMs of a clock that never steps
   */
  takes(parent: TraceParent | undefined, chance: number, nowMs: number): boolean {
    if (parent ? !parent.isSampled : chance >= this.#ratio) return false
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken = 0
    }
    return ++this.#taken <= MOST_TRACES_PER_SECOND
  }
}
