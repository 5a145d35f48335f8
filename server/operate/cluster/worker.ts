import type { Registry } from 'prom-client'
import type { DrainOptions } from '../lifecycle/drain.js'
import type { Scrape } from '../observability/metrics-endpoint.js'
import { HEARTBEAT_MS, type MetricsReport, type ToPrimary, type ToWorker } from './messages.js'

/** A worker's connection to its primary. */
export interface WorkerChannel {
  /** Settles when the primary asks this worker to shut down. */
  readonly stopRequested: Promise<DrainOptions>
  /** Reports that this worker serves, and starts its heartbeat. */
  ready(): void
  /** Reports this registry whenever the primary asks. @returns the scrape of all processes */
  share(registry: Registry): Scrape
  /** Hands this worker's totals to the primary, which keeps them after the exit. */
  reportFinalMetrics(): Promise<void>
}

/**
 * Opens the channel to the primary. Signals are ignored here: Ctrl-C in a terminal and a service manager's SIGTERM reach
 * every process of the group, and the primary decides when a worker stops.
 */
export function workerChannel(): WorkerChannel {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined)
  const pendingScrapes = new Map<number, (text: string | null) => void>()
  let nextId = 0
  let shared: Registry | undefined
  let requestStop: (drain: DrainOptions) => void
  const stopRequested = new Promise<DrainOptions>((resolve) => {
    requestStop = resolve
  })

  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') requestStop(message.drain)
    else if (message.kind === 'metrics') pendingScrapes.get(message.id)?.(message.text)
    else if (message.kind === 'report-metrics') void reportMetrics(message.id)
  })

  async function reportMetrics(id: number): Promise<void> {
    const report = await reportOf(shared)
    await send({ kind: 'metrics-report', id, report })
  }

  return {
    stopRequested,
    ready() {
      void send({ kind: 'ready' })
      setInterval(() => void send({ kind: 'heartbeat' }), HEARTBEAT_MS).unref()
    },
    share(registry) {
      shared = registry
      return () =>
        new Promise((resolve, reject) => {
          const id = nextId++
          pendingScrapes.set(id, (text) => {
            pendingScrapes.delete(id)
            if (text === null) reject(new Error('The metrics of the workers could not be aggregated'))
            else resolve(text)
          })
          void send({ kind: 'scrape', id })
        })
    },
    async reportFinalMetrics() {
      await send({ kind: 'final-metrics', report: await reportOf(shared) })
    },
  }
}

async function reportOf(registry: Registry | undefined): Promise<MetricsReport> {
  return (await registry?.getMetricsAsJSON()) ?? []
}

/** Resolves when the message was sent, and also when the primary is gone: Node then ends this process. */
function send(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve())
    else resolve()
  })
}
