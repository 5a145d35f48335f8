import type { TokenKey } from '../core/token/token.js'
import { GafaelfawrUnavailable, StoreOverloaded } from './unavailable.js'

/** The outcome of a lookup. */
export interface FoundKeys {
  readonly found: ReadonlySet<TokenKey>
  /** Keys that a store which did not answer may have. */
  readonly undecided?: ReadonlySet<TokenKey>
}

interface PendingKey {
  readonly key: TokenKey
  readonly resolve: (exists: boolean) => void
  readonly reject: (error: unknown) => void
}

interface BatchLimits {
  /** Milliseconds from the start of a batch in which a key was not found, until the next may start. */
  readonly pause: number
  /** So many keys may wait; each holds a connection of the proxy's. */
  readonly maxPending: number
}

const KEYS_PER_BATCH = 500

/** Collects the keys that are asked for while a lookup runs, or while it pauses, into the next one. One runs at a time. */
export class KeyBatches {
  readonly #lookUp: (keys: readonly TokenKey[]) => Promise<FoundKeys>
  readonly #limits: BatchLimits
  #pending: PendingKey[] = []
  #waiting = 0
  #isScheduled = false
  #pauseUntil = 0

  constructor(lookUp: (keys: readonly TokenKey[]) => Promise<FoundKeys>, limits: BatchLimits) {
    this.#lookUp = lookUp
    this.#limits = limits
  }

  /** Returns how many keys wait for a batch, and for its answer. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Returns whether a key was found.
   *
   * @throws {StoreOverloaded} when too many keys wait; {GafaelfawrUnavailable} when it is not known
   */
  ask(key: TokenKey): Promise<boolean> {
    if (this.#pending.length >= this.#limits.maxPending)
      return Promise.reject(new StoreOverloaded('Too many unknown tokens at a time'))
    this.#waiting++
    return new Promise<boolean>((resolve, reject) => {
      this.#pending.push({ key, resolve, reject })
      this.#schedule()
    }).finally(() => this.#waiting--)
  }

  #schedule(): void {
    if (this.#isScheduled || this.#pending.length === 0) return
    this.#isScheduled = true
    setTimeout(
      () => {
        void this.#run().finally(() => {
          this.#isScheduled = false
          this.#schedule()
        })
      },
      Math.max(0, this.#pauseUntil - performance.now()),
    )
  }

  async #run(): Promise<void> {
    const batch = this.#pending.splice(0, KEYS_PER_BATCH)
    this.#pauseUntil = performance.now() + this.#limits.pause
    try {
      const { found, undecided } = await this.#lookUp([...new Set(batch.map(({ key }) => key))])
      if (batch.every(({ key }) => found.has(key))) this.#pauseUntil = 0
      for (const { key, resolve, reject } of batch) {
        if (undecided?.has(key)) reject(new GafaelfawrUnavailable())
        else resolve(found.has(key))
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
