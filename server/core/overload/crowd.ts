/** How long a burst may last, in milliseconds. */
export const BURST_MS = 1_000

/** Milliseconds of room after which a crowd of pages and API calls is over: those that wait for one batch are done at once. */
export const CALM_MS = 100

/** Bounds the requests that are under way at a time. */
export interface CrowdBounds {
  /** So many may be under way for as long as it takes. */
  readonly most: number
  /** Milliseconds for which there may be more: all at once after a restart are a burst, and no overload. */
  readonly burst: number
  /** Milliseconds of room that end a crowd; any room does, where none is given. */
  readonly calm?: number
}

/**
 * Says which requests are shed. While more than {@link CrowdBounds.most} have been under way for longer than a burst lasts, a
 * further one is taken only in the place of one that is done; when none was shed for as long, bursts are taken again.
 *
 * Those that are taken wait for no more than the others that were taken, however many come. Without this each waits for all,
 * and at ten times what the process can do no answer comes in time.
 */
export class Crowd {
  readonly #bounds: CrowdBounds
  #underWay = 0
  /** Since when there are as many as may be, or more. */
  #fullSince: number | undefined
  #lastShed = Number.NEGATIVE_INFINITY
  #lastFull = Number.NEGATIVE_INFINITY
  /** Whether there was room since. */
  #hadRoom = true

  constructor(bounds: CrowdBounds) {
    this.#bounds = bounds
  }

  /** Returns how many are under way. */
  get underWay(): number {
    return this.#underWay
  }

  /**
   * Returns whether a request that comes now is to be shed.
   *
   * @param now milliseconds, of a clock that only goes on
   * @param aside how many of those under way wait where they are in no other's way
   */
  sheds(now: number, aside = 0): boolean {
    const { most, burst, calm = 0 } = this.#bounds
    if (this.#underWay - aside < most) {
      this.#hadRoom = true
      return false
    }
    // Stores answer in batches: those under way are all done at once, and as many come again.
    if (this.#fullSince === undefined || (this.#hadRoom && now - this.#lastFull >= calm)) this.#fullSince = now
    this.#lastFull = now
    this.#hadRoom = false
    const isBurst = now - this.#fullSince < burst && now - this.#lastShed >= burst
    if (!isBurst) this.#lastShed = now
    return !isBurst
  }

  enter(): void {
    this.#underWay++
  }

  leave(): void {
    this.#underWay--
    if (this.#underWay < this.#bounds.most) this.#hadRoom = true
  }
}
