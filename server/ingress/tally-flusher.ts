import { Batches } from '../core/tallies/batches.js'
import { HOUR } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { addTallies } from '../storage/postgres/tallies/tallies.js'

/** Writes the tallies of a process's checks to the table that all processes add to. */
export class TallyFlusher {
  readonly #batches = new Batches()
  /** Names this process in the table. */
  readonly #process: string

  constructor({ random }: Pick<Context, 'random'>) {
    this.#process = random(12).toString('base64url')
  }

  /** Writes what was counted since the last time. If the database is unavailable, it is kept for the next flush. */
  async flush({ postgres, counters, clock }: Pick<Context, 'postgres' | 'counters' | 'clock'>): Promise<void> {
    const now = clock()
    this.#batches.add(Math.floor(now / HOUR) * HOUR, counters.tallies.take())
    for (let batch = this.#batches.next(); batch; batch = this.#batches.next()) {
      await addTallies(postgres, this.#process, batch, now)
      this.#batches.written()
    }
  }
}
