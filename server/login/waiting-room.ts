import { setTimeout as pause } from 'node:timers/promises'

/** How long a delayed attempt waits, in milliseconds, and how many may wait in this process. */
export interface WaitingLimits {
  readonly delay: number
  readonly perAccount: number
  readonly total: number
}

/** Delays attempts to sign in. The number that wait is bounded: each holds a connection. */
export class WaitingRoom {
  readonly #waiting = new Map<string, number>()
  #total = 0

  constructor(readonly limits: WaitingLimits) {}

  /** Delays an attempt; false at once when too many wait already. */
  async wait(account: string): Promise<boolean> {
    const waiting = this.#waiting.get(account) ?? 0
    if (waiting >= this.limits.perAccount || this.#total >= this.limits.total) return false
    this.#waiting.set(account, waiting + 1)
    this.#total += 1
    try {
      await pause(this.limits.delay)
    } finally {
      this.#leave(account)
    }
    return true
  }

  #leave(account: string): void {
    const waiting = (this.#waiting.get(account) ?? 1) - 1
    if (waiting === 0) this.#waiting.delete(account)
    else this.#waiting.set(account, waiting)
    this.#total -= 1
  }
}
