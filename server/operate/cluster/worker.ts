import type { Registry } from 'prom-client'
import type { DrainOptions } from '../lifecycle/drain.js'
import type { Scrape } from '../observability/metrics-endpoint.js'
import { HEARTBEAT_MS, type Report, type ToPrimary, type ToWorker } from './messages.js'

/** What a worker has to do with its primary. */
export interface WorkerChannel {
  /** Settles when the primary asks this worker to end. */
  readonly stopRequested: Promise<DrainOptions>
  /** Says that this worker serves. */
  ready(): void
  /** Tells the primary what this worker counts, whenever it asks; answers how to get what all have counted. */
  share(registry: Registry): Scrape
  /** Leaves what was counted with the primary, for it must not be gone with the worker. */
  reportFinalMetrics(): Promise<void>
}

/**
 * Listens to the primary. A terminal's Ctrl-C and a service manager's SIGTERM reach every process of ours; what comes of
 * them the primary decides.
 */
export function workerChannel(): WorkerChannel {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined)
  const asked = new Map<number, (text: string | null) => void>()
  let next = 0
  let counted: Registry | undefined
  let dismiss: (farewell: DrainOptions) => void
  const dismissed = new Promise<DrainOptions>((resolve) => {
    dismiss = resolve
  })

  process.on('message', (message: ToWorker) => {
    if (message.tell === 'stop') dismiss(message.farewell)
    else if (message.tell === 'metrics') asked.get(message.id)?.(message.text)
    else if (message.tell === 'count') void count(message.id)
  })

  async function count(id: number): Promise<void> {
    const report = await reportOf(counted)
    await tell({ tell: 'counted', id, report })
  }

  return {
    stopRequested: dismissed,
    ready() {
      void tell({ tell: 'ready' })
      setInterval(() => void tell({ tell: 'alive' }), HEARTBEAT_MS).unref()
    },
    share(registry) {
      counted = registry
      return () =>
        new Promise((resolve, reject) => {
          const id = next++
          asked.set(id, (text) => {
            asked.delete(id)
            if (text === null) reject(new Error('The metrics of the workers could not be added up'))
            else resolve(text)
          })
          void tell({ tell: 'scrape', id })
        })
    },
    async reportFinalMetrics() {
      await tell({ tell: 'ended', report: await reportOf(counted) })
    },
  }
}

async function reportOf(registry: Registry | undefined): Promise<Report> {
  return (await registry?.getMetricsAsJSON()) ?? []
}

/** Resolves when it has been sent. Without a primary there is nobody to tell, and Node ends this process. */
function tell(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, {}, () => resolve())
    else resolve()
  })
}
