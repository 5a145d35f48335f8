interface BatchLimits {
  /** The items of one batch. */
  readonly most: number
  /** The batches that are worked on at a time; what arrives meanwhile is in the next one. */
  readonly atOnce: number
}

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (outcome: R) => void
  readonly reject: (error: unknown) => void
}

/** Works on items that arrive in the same turn of the event loop together, and on those that arrive meanwhile. */
export class Batches<T, R> {
  readonly #work: (items: readonly T[]) => Promise<readonly (R | Error)[]>
  readonly #limits: BatchLimits
  #waiting: Waiting<T, R>[] = []
  #running = 0
  #isScheduled = false

  /** @param work returns the outcome of each item, in their order; what it throws is the failure of all of them */
  constructor(work: (items: readonly T[]) => Promise<readonly (R | Error)[]>, limits: BatchLimits) {
    this.#work = work
    this.#limits = limits
  }

  /** Adds an item to the next batch, and returns its outcome. */
  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#running >= this.#limits.atOnce) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void this.#run(this.#waiting.splice(0, this.#limits.most))
      this.#schedule()
    })
  }

  async #run(batch: readonly Waiting<T, R>[]): Promise<void> {
    this.#running++
    try {
      const outcomes = await this.#work(batch.map(({ item }) => item))
      for (const [at, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[at]
        if (outcome === undefined || outcome instanceof Error)
          reject(outcome ?? new Error('An item without an outcome'))
        else resolve(outcome)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.#running--
      this.#schedule()
    }
  }
}

/** Works on each item of a batch by itself, where they cannot be worked on together: one that fails fails alone. */
export function eachAlone<T, R>(
  work: (items: readonly T[]) => Promise<readonly (R | Error)[]>,
): (items: readonly T[]) => Promise<readonly (R | Error)[]> {
  return async (items) => (await Promise.all(items.map((item) => work([item]).catch(asErrors)))).flat()
}

const asErrors = (error: unknown): Error[] => [error instanceof Error ? error : new Error(String(error))]
