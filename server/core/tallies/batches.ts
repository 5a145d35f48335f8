import type { EpochSeconds } from '../time.js'
import type { CheckTally } from './check-tallies.js'

/** Tallies of one hour that are written together. A batch that is sent again has its number again. */
export interface Batch {
  readonly number: number
  readonly hour: EpochSeconds
  readonly tallies: readonly CheckTally[]
}

/** How many wait while the database does not answer; what comes later is added to the last one. */
export const MAX_WAITING = 24

/**
 * Queues tallies by the hour in which they were counted. A batch that was tried keeps its content, for it may have been
 * written although the answer was lost; the others take what comes in their hour.
 */
export class Batches {
  #waiting: Batch[] = []
  #last = 0
  #tried = 0

  add(hour: EpochSeconds, tallies: readonly CheckTally[]): void {
    if (tallies.length === 0) return
    const latest = this.#waiting.at(-1)
    const isOpen = latest !== undefined && latest.number > this.#tried
    if (isOpen && (latest.hour === hour || this.#waiting.length >= MAX_WAITING)) {
      this.#waiting[this.#waiting.length - 1] = { ...latest, tallies: sum([...latest.tallies, ...tallies]) }
    } else {
      this.#waiting.push({ number: ++this.#last, hour, tallies })
    }
  }

  /** Returns the next batch to write, as it stays from then on; undefined when all are written. */
  next(): Batch | undefined {
    const [first] = this.#waiting
    if (first) this.#tried = Math.max(this.#tried, first.number)
    return first
  }

  /** Drops the batch that {@link next} returned: it is written. */
  written(): void {
    this.#waiting.shift()
  }
}

function sum(tallies: readonly CheckTally[]): CheckTally[] {
  const sums = new Map<string, CheckTally>()
  for (const each of tallies) {
    const name = `${each.outcome} ${each.code} ${each.service}`
    sums.set(name, { ...each, count: each.count + (sums.get(name)?.count ?? 0) })
  }
  return [...sums.values()]
}
