/** How long a burst may last, in milliseconds. */
export const BURST_MS = 1_000

/**
 * How long a herd of first checks may last, in milliseconds: all tokens of a site that come at once after a restart are met in
 * fewer. Only its duration tells it from an overload.
 */
export const HERD_MS = 20_000

/** Milliseconds of room after which a crowd is over: those that wait for one batch are done at once. */
export const CALM_MS = 100

/** Bounds the requests that are under way at a time. */
export interface CrowdBounds {
  /** So many may be under way for as long as it takes. */
  readonly most: number
  /** Milliseconds for which there may be more: all at once after a restart are a burst, and no overload. */
  readonly burst: number
  /** Milliseconds for which there may be more when there is room again and again; those of a burst, where none are given. */
  readonly herd?: number
}

/**
 * Says which requests are shed. While more than {@link CrowdBounds.most} have been under way for longer than a burst without a
 * moment of room, or for longer than a herd without some calm, a further one is taken only in the place of one that is done; when
 * none was shed for as long as a burst lasts, bursts and herds are taken again.
 *
 * Those that are taken wait for no more than the others that were taken, however many come. Without this each waits for all,
 * and at ten times what the process can do no answer comes in time.
 */
export class Crowd {
  readonly #most: number
  readonly #burst: number
  readonly #herd: number
  #underWay = 0
  /** Since when there has been room; undefined since a request has found none. */
  #roomSince: number | undefined = Number.NEGATIVE_INFINITY
  /** Since when there has been no moment of room. */
  #fullSince = 0
  /** Since when there has been no calm. */
  #crowdedSince = 0
  #lastShed = Number.NEGATIVE_INFINITY

  constructor({ most, burst, herd = burst }: CrowdBounds) {
    this.#most = most
    this.#burst = burst
    this.#herd = herd
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
    if (this.#underWay - aside < this.#most) {
      this.#roomSince ??= now
      return false
    }
    if (this.#roomSince !== undefined) {
      // Stores answer in batches: those under way are all done at once, and as many come again.
      if (now - this.#roomSince >= CALM_MS) this.#crowdedSince = now
      this.#fullSince = now
      this.#roomSince = undefined
    }
    const isTaken =
      now - this.#fullSince < this.#burst &&
      now - this.#crowdedSince < this.#herd &&
      now - this.#lastShed >= this.#burst
    if (!isTaken) this.#lastShed = now
    return !isTaken
  }

  enter(): void {
    this.#underWay++
  }

  /** @param now as of {@link sheds} */
  leave(now: number): void {
    this.#underWay--
    if (this.#underWay < this.#most) this.#roomSince ??= now
  }
}
