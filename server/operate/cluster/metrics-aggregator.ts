import type { Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Report, ToPrimary } from './messages.js'
import { send } from './worker-pool.js'

/** A worker that is busy for so long is counted as it was when it last spoke. */
const WAIT_MS = 1_000

/**
 * What all workers have counted, together. What a worker counted stays in the sums when it ends: a total that falls is
 * taken by Prometheus for a restart, and what is left of it for an increase.
 */
export class MetricsAggregator {
  readonly #own: Registry
  readonly #latest = new Map<Worker, Report>()
  readonly #waiting = new Map<number, () => void>()
  #gone: Report = []
  #next = 0

  /** @param own what the primary itself counts */
  constructor(own: Registry) {
    this.#own = own
  }

  /** Listens to a worker from its start to its end. */
  follow(worker: Worker): void {
    worker.on('message', (message: ToPrimary) => {
      if (message.tell === 'ready') this.#latest.set(worker, [])
      if (message.tell === 'scrape') void this.#answer(worker, message.id)
      if (message.tell === 'ended') this.#latest.set(worker, message.report)
      if (message.tell !== 'counted') return
      this.#latest.set(worker, message.report)
      this.#waiting.get(message.id)?.()
    })
    worker.once('exit', () => {
      const last = this.#latest.get(worker) ?? []
      this.#gone = sum([this.#gone, last.filter(({ type }) => GROWING.has(String(type)))])
      this.#latest.delete(worker)
    })
  }

  async #answer(worker: Worker, id: number): Promise<void> {
    const text = await this.#all().catch(() => null)
    send(worker, { tell: 'metrics', id, text })
  }

  async #all(): Promise<string> {
    await Promise.all([...this.#latest.keys()].map((each) => this.#ask(each)))
    const reports = [await this.#own.getMetricsAsJSON(), this.#gone, ...this.#latest.values()]
    return AggregatorRegistry.aggregate(copyOf(reports)).metrics()
  }

  async #ask(worker: Worker): Promise<void> {
    const id = this.#next++
    const counted = new Promise<void>((resolve) => this.#waiting.set(id, resolve))
    send(worker, { tell: 'count', id })
    await Promise.race([counted, sleep(WAIT_MS)])
    this.#waiting.delete(id)
  }
}

const GROWING = new Set(['counter', 'histogram'])

/** prom-client gives its sums as a registry, whose metrics are plain data. */
function sum(reports: readonly Report[]): Report {
  return AggregatorRegistry.aggregate(copyOf(reports)).getMetricsAsArray() as unknown as Report
}

function copyOf(reports: readonly Report[]) {
  return reports.map((report) => [...report])
}
