/** So many ticks without a message to all mean that invalidations do not arrive. */
const MAX_QUIET = 4
/** After so many, the process that sends to all has stopped or is cut off: others take over. */
const QUIET_TICKS = 2
/** How often a heartbeat of its own is due while all is well. */
const PROOF_TICKS = 4
/** So many ticks without its own mean that one was lost, and three that were sent after it. */
const MAX_MISSED = PROOF_TICKS + 3
/** After each so many the subscription is made anew: a connection that only listens does not notice that it is cut. */
const MISSED_BY_CONNECTION = 40
/** So many ticks of silence of all, while its own heartbeats arrive, mean that the subscription does not work. */
const MAX_DEAF = 3

/**
 * Judges whether invalidations arrive, from the heartbeats that did. Two facts are needed. Messages of any process arrive on
 * the channel of all, several times a second: the subscription to it works. And its own heartbeats reach this process, on a
 * channel that no other process hears: commands and subscription have the same server, which a connection does not change.
 * So each process costs the same however many there are, and mostly listens. Counts ticks and not time: a process that was
 * suspended has received no message, and served no request.
 */
export class Reception {
  readonly #name: string
  #sequence = 0
  /** Earlier heartbeats prove nothing. */
  #firstValid = 1
  #lastReceived = 0
  /** The last heartbeat before this tick. */
  #lastOfTick = 0
  #missed = 0
  #hasHeardAll = false
  #quiet = QUIET_TICKS
  #deaf = 0
  #isSender = false

  /** @param name of this process; of several that send to all, the first by name goes on */
  constructor(name: string) {
    this.#name = name
  }

  /** Begins a heartbeat of this process' own. @returns its number */
  next(): number {
    return ++this.#sequence
  }

  tick(): void {
    this.#lastOfTick = this.#sequence
    this.#missed++
    this.#quiet++
    if (this.#quiet >= QUIET_TICKS && this.#missed <= 1) this.#deaf++
  }

  heardOwn(sequence: number): void {
    this.#lastReceived = Math.max(this.#lastReceived, sequence)
    this.#missed = 0
  }

  /** @param sender of a heartbeat; undefined for another message */
  heardAll(sender?: string): void {
    this.#hasHeardAll = true
    this.#quiet = 0
    this.#deaf = 0
    if (sender === this.#name) this.#isSender = true
    else if (sender !== undefined && sender < this.#name) this.#isSender = false
  }

  /** Begins anew after a loss: only what is sent and heard from now on counts. */
  begin(): void {
    this.#firstValid = this.#sequence + 1
    this.#hasHeardAll = false
    this.#quiet = QUIET_TICKS
    this.#isSender = false
  }

  /** Gives a new subscription its time. */
  listen(): void {
    this.begin()
    this.#missed = 0
    this.#deaf = 0
  }

  /** Whether this process sends the heartbeats to all. */
  get isSender(): boolean {
    return this.#isSender
  }

  /** Whether a heartbeat of its own is to be sent at this tick. */
  get isProofDue(): boolean {
    return this.#missed >= PROOF_TICKS || this.#isSender || this.isSilent || !this.isComplete
  }

  /** Whether no process is heard to send to all. */
  get isSilent(): boolean {
    return !this.#hasHeardAll || this.#quiet >= QUIET_TICKS
  }

  /** Whether to begin sending to all. Not while Redis is slow: what each process sends to all would make it slower. */
  get isToTakeOver(): boolean {
    return this.isSilent && this.#lastReceived > this.#lastOfTick
  }

  /** Whether too many heartbeats did not arrive. */
  get isOverdue(): boolean {
    return this.#missed > MAX_MISSED || this.#quiet > MAX_QUIET
  }

  /** Whether the subscription is of no use, and not Redis slow. */
  get isBroken(): boolean {
    return this.#deaf >= MAX_DEAF || (this.#missed > 0 && this.#missed % MISSED_BY_CONNECTION === 0)
  }

  /** Whether both channels have worked since {@link begin}. */
  get isComplete(): boolean {
    return this.#lastReceived >= this.#firstValid && this.#hasHeardAll && !this.isOverdue
  }
}
