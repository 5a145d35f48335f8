import { setTimeout as sleep } from 'node:timers/promises'
import { Unavailable, type Work } from './mix.js'

const TICK_MS = 20
/** Beyond so many under way no more are begun: the machine cannot keep up, and a queue of ours would hide it. */
const MOST_UNDER_WAY = 200

/** Counts what was done of each kind, and what was wrong. */
export class Tally {
  readonly done = new Map<string, number>()
  readonly wrong: string[] = []
  /** Answered 503: a store did not answer in time. */
  readonly unavailable: string[] = []
  /** Not begun, because too many were under way. */
  skipped = 0

  get total(): number {
    return [...this.done.values()].reduce((sum, count) => sum + count, 0)
  }
}

/** Begins each kind of work at its own pace, however long the answers take, and waits for the last. */
export class Pace {
  readonly #works: readonly Work[]
  readonly #tally: Tally
  readonly #due: number[]
  readonly #running = new Set<Promise<void>>()
  /** Of the paces in the mix. */
  factor = 1

  constructor(works: readonly Work[], tally: Tally) {
    this.#works = works
    this.#tally = tally
    this.#due = works.map(() => Math.random())
  }

  async keep(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    for (let last = performance.now(); last < end; ) {
      await sleep(TICK_MS)
      const now = performance.now()
      // After a pause of the machine the work is not made up for in one go.
      const passed = Math.min((now - last) / 1000, 1)
      last = now
      for (const [at, work] of this.#works.entries()) {
        const due = (this.#due[at] ?? 0) + passed * work.perSecond * (work.isFixed ? 1 : this.factor)
        this.#due[at] = due % 1
        for (let count = 0; count < Math.floor(due); count++) this.#begin(work)
      }
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#running)
  }

  #begin({ name, run }: Work): void {
    const tally = this.#tally
    if (this.#running.size >= MOST_UNDER_WAY) {
      tally.skipped++
      return
    }
    const work = run().then(
      () => void tally.done.set(name, (tally.done.get(name) ?? 0) + 1),
      (error: unknown) => {
        const list = error instanceof Unavailable ? tally.unavailable : tally.wrong
        list.push(`${new Date().toISOString()} ${name}: ${(error as Error).message}`)
      },
    )
    this.#running.add(work)
    void work.finally(() => this.#running.delete(work))
  }
}
