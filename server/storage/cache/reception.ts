/** So many heartbeats of its own that did not arrive mean that the connection is open at one end only. */
const MAX_MISSED = 3
/** After each so many the subscription is made anew: a connection that only listens does not notice that it is cut. */
const MISSED_BY_CONNECTION = 40
/** Ticks without a message to all, after which one process in so many sends one; a tick later every process does. */
const QUIET_TICKS = 2
const SHARE = 8
/** So many ticks without a message to all: this process' own did not arrive either. */
const MAX_QUIET = 5

/**
 * Judges whether invalidations arrive, from the heartbeats that did. Two facts are needed. Its own heartbeats reach this
 * process, on a channel that no other process hears: commands and subscription have the same server. And messages of any
 * process arrive on the channel of all: the subscription to it works. There one heartbeat is enough for all processes, so
 * that each process costs the same however many there are. Counts ticks and not time: a process that was suspended has
 * received no message, and served no request.
 */
export class Reception {
  #sequence = 0
  /** Earlier heartbeats prove nothing. */
  #firstValid = 1
  #lastReceived = 0
  #missed = 0
  #hasHeardAll = false
  #quiet = QUIET_TICKS

  /** Begins a heartbeat of this process' own. @returns its number */
  next(): number {
    return ++this.#sequence
  }

  /** Counts a tick. Silence of all says nothing while Redis does not answer this process either. */
  tick(): void {
    this.#missed++
    if (this.#isAnswered) this.#quiet++
  }

  /**
   * Whether this process is to send a heartbeat to all. Few processes do at the same time, and none while Redis is slow:
   * each one's heartbeat to all would make it slower.
   *
   * @param draw a random byte
   */
  isQuiet(draw: number): boolean {
    if (!this.#isAnswered) return false
    return this.#quiet > QUIET_TICKS || (this.#quiet === QUIET_TICKS && draw % SHARE === 0)
  }

  heardOwn(sequence: number): void {
    this.#lastReceived = Math.max(this.#lastReceived, sequence)
    this.#missed = 0
  }

  heardAll(): void {
    this.#hasHeardAll = true
    this.#quiet = 0
  }

  /** Begins anew after a loss: only what is sent and heard from now on counts. */
  begin(): void {
    this.#firstValid = this.#sequence + 1
    this.#hasHeardAll = false
    this.#quiet = QUIET_TICKS
  }

  /** Gives a new subscription its time. */
  listen(): void {
    this.begin()
    this.#missed = 0
  }

  /** Whether a message to all has arrived since {@link begin}. */
  get hasHeardAll(): boolean {
    return this.#hasHeardAll
  }

  /** Whether too many heartbeats did not arrive. */
  get isOverdue(): boolean {
    return this.#missed > MAX_MISSED || this.#isDeafToAll
  }

  /** Whether the subscription is of no use, and not Redis slow. */
  get isBroken(): boolean {
    return this.#isDeafToAll || (this.#missed > 0 && this.#missed % MISSED_BY_CONNECTION === 0)
  }

  /** Whether both channels have worked since {@link begin}. */
  get isComplete(): boolean {
    return this.#lastReceived >= this.#firstValid && this.#hasHeardAll && !this.isOverdue
  }

  get #isDeafToAll(): boolean {
    return this.#quiet > MAX_QUIET
  }

  get #isAnswered(): boolean {
    return this.#missed <= 1
  }
}
