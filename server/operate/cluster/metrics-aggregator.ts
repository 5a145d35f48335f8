import type { Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { MetricsReport, ToPrimary } from './messages.js'
import { send } from './worker-pool.js'

/** A worker that does not report in time is counted by its previous report. */
const REPORT_TIMEOUT_MS = 1_000

/**
 * Aggregates the metrics of all workers. The totals of a worker stay in the sums after it exits: Prometheus takes a counter
 * that falls for a restart, and would count the remaining total as an increase.
 */
export class MetricsAggregator {
  readonly #own: Registry
  readonly #latest = new Map<Worker, MetricsReport>()
  readonly #awaited = new Map<number, () => void>()
  #exited: Promise<MetricsReport> = Promise.resolve([])
  #nextId = 0

  /** @param own the metrics of the primary itself */
  constructor(own: Registry) {
    this.#own = own
  }

  /** Collects the reports of a worker, from its fork to its exit. */
  follow(worker: Worker): void {
    worker.on('message', (message: ToPrimary) => {
      if (message.kind === 'ready') this.#latest.set(worker, [])
      if (message.kind === 'scrape') void this.#sendMetrics(worker, message.id)
      if (message.kind === 'final-metrics') this.#latest.set(worker, message.report)
      if (message.kind !== 'metrics-report') return
      this.#latest.set(worker, message.report)
      this.#awaited.get(message.id)?.()
    })
    worker.once('exit', () => {
      const totals = (this.#latest.get(worker) ?? []).filter(({ type }) => CUMULATIVE.has(String(type)))
      this.#exited = this.#exited.then((earlier) => aggregate([earlier, totals]).getMetricsAsJSON())
      this.#latest.delete(worker)
    })
  }

  async #sendMetrics(worker: Worker, id: number): Promise<void> {
    const text = await this.#aggregateAll().then(
      (all) => all.metrics(),
      () => null,
    )
    send(worker, { kind: 'metrics', id, text })
  }

  /** Reads the metrics of all processes. */
  async read(): Promise<MetricsReport> {
    return (await this.#aggregateAll()).getMetricsAsJSON()
  }

  async #aggregateAll(): Promise<Registry> {
    await Promise.all([...this.#latest.keys()].map((worker) => this.#refresh(worker)))
    const own = await this.#own.getMetricsAsJSON()
    // Both read in the same tick: a worker that exits between them would be missing from both.
    const [latest, exited] = [[...this.#latest.values()], this.#exited]
    return aggregate([own, await exited, ...latest])
  }

  async #refresh(worker: Worker): Promise<void> {
    const id = this.#nextId++
    const reported = new Promise<void>((resolve) => this.#awaited.set(id, resolve))
    send(worker, { kind: 'report-metrics', id })
    await Promise.race([reported, sleep(REPORT_TIMEOUT_MS)])
    this.#awaited.delete(id)
  }
}

const CUMULATIVE = new Set(['counter', 'histogram'])

function aggregate(reports: readonly MetricsReport[]): Registry {
  return AggregatorRegistry.aggregate(reports.map((report) => [...report]))
}
