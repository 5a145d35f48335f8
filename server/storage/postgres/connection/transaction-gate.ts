import { StoreOverloaded } from '../../unavailable.js'

/** Longer than a burst of hundreds takes, and shorter than a client or a proxy waits. */
const WAIT_MS = 10_000

/**
 * Admits at most so many transactions at a time; the others wait in their order, and hold no connection meanwhile.
 *
 * Attack: a script sends hundreds of writes at once. Each would hold a connection while it waits for the lock of its user,
 * and the checks of all users would find none.
 */
export class TransactionGate {
  #free: number
  readonly #waitMs: number
  readonly #waiting = new Set<() => void>()

  /** @param connections of the pool: a third of them stays free for reads */
  constructor(connections: number, waitMs = WAIT_MS) {
    this.#free = Math.max(1, connections - Math.ceil(connections / 3))
    this.#waitMs = waitMs
  }

  /** Runs a transaction when it is its turn. Throws {@link StoreOverloaded} when that takes too long. */
  async run<T>(transaction: () => Promise<T>): Promise<T> {
    await this.#enter()
    try {
      return await transaction()
    } finally {
      this.#leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(enter)
        reject(new StoreOverloaded('Too many transactions at a time'))
      }, this.#waitMs)
      this.#waiting.add(enter)
    })
  }

  #leave(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
