import type { Context } from '../storage/context.js'
import { addReads, type ReadBatch } from '../storage/postgres/programs/reads.js'

/** Writes the requests for programs' files that a process counted, to the table that all processes add to. */
export class ReadFlusher {
  /** Names this process in the table. */
  readonly #process: string
  /** Sent, and perhaps written; it is sent again until the database says so. */
  #batch: ReadBatch | undefined
  #last = 0

  constructor({ random }: Pick<Context, 'random'>) {
    this.#process = random(12).toString('base64url')
  }

  /** Writes what was counted since the last time. If the database is unavailable, it is kept for the next flush. */
  async flush(context: Pick<Context, 'postgres' | 'counters' | 'clock'>): Promise<void> {
    for (let batch = this.#next(context); batch; batch = this.#next(context)) {
      await addReads(context.postgres, this.#process, batch, context.clock())
      this.#batch = undefined
    }
  }

  /** Returns the batch that is due. What comes while the database is silent joins none that may have been written. */
  #next({ counters }: Pick<Context, 'counters'>): ReadBatch | undefined {
    if (this.#batch) return this.#batch
    const { reads, lost } = counters.programReads.take()
    counters.lostUses += lost
    if (reads.length > 0) this.#batch = { number: ++this.#last, reads }
    return this.#batch
  }
}
