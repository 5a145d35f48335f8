import { backoff } from '../../core/kubernetes/operator/backoff.js'

/** How a queue works. */
export interface WorkQueueOptions {
  /** How many keys are worked on at once. */
  readonly workers: number
  /** @returns after how many milliseconds the key is due again, changed or not */
  readonly work: (key: string) => Promise<number | undefined>
  readonly onFailure: (key: string, error: unknown, retryMs: number) => void
}

/** Between two runs for one key: a hundred changes in a row become a few runs. */
const REST_MS = 200

/**
 * Works on keys, each once at a time. A key that comes while it is worked on is worked on once more; one that fails waits, twice
 * as long each time.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  /** Keys that came while they were worked on. */
  readonly #again = new Set<string>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #failures = new Map<string, number>()
  #isStopped = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** How many keys wait or are worked on. */
  get size(): number {
    return this.#waiting.size + this.#running.size
  }

  add(key: string): void {
    if (this.#isStopped) return
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
    if (this.#running.has(key)) this.#again.add(key)
    else this.#waiting.add(key)
    this.#start()
  }

  /** Takes no more keys, and waits for those that are worked on. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#waiting.clear()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running.values())
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.workers) return
      this.#waiting.delete(key)
      this.#running.set(key, this.#run(key))
    }
  }

  async #run(key: string): Promise<void> {
    let nextMs: number | undefined
    try {
      nextMs = await this.#options.work(key)
      this.#failures.delete(key)
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1
      this.#failures.set(key, failures)
      nextMs = backoff(failures, Math.random())
      if (!this.#isStopped) this.#options.onFailure(key, error, nextMs)
    }
    this.#running.delete(key)
    if (this.#again.delete(key)) nextMs = Math.min(nextMs ?? REST_MS, REST_MS)
    if (nextMs !== undefined) this.#later(key, nextMs)
    this.#start()
  }

  #later(key: string, ms: number): void {
    if (this.#isStopped) return
    // Node's longest timer is 24 days.
    const timer = setTimeout(() => this.add(key), Math.min(ms, 86_400_000))
    timer.unref()
    this.#timers.set(key, timer)
  }
}
