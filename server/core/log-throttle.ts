import type { EpochSeconds } from './time.js'

/**
 * Says when a log line is due again: once a period for each subject.
 *
 * Attack: a client writes a new host into each request, and the log is full of them. So many subjects and no more have a line
 * in a period.
 */
export class LogThrottle {
  readonly #period: number
  readonly #most: number
  readonly #logged = new Map<string, EpochSeconds>()

  /** @param period in seconds */
  constructor(period: number, most: number) {
    this.#period = period
    this.#most = most
  }

  /** Returns whether the line is due, and counts it as written. */
  isDue(subject: string, now: EpochSeconds): boolean {
    for (const [each, at] of this.#logged) if (at + this.#period <= now) this.#logged.delete(each)
    if (this.#logged.has(subject) || this.#logged.size >= this.#most) return false
    this.#logged.set(subject, now)
    return true
  }
}
