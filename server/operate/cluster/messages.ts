import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { DrainOptions } from '../lifecycle/drain.js'

/** The metrics of one process, as prom-client exports and aggregates them. */
export type MetricsReport = readonly MetricObjectWithValues<MetricValue<string>>[]

/** Interval between the heartbeats of a worker that serves. */
export const HEARTBEAT_MS = 1_000

/** Messages from the primary to a worker. */
export type ToWorker =
  | { readonly kind: 'stop'; readonly drain: DrainOptions }
  | { readonly kind: 'report-metrics'; readonly id: number }
  /** Answers `scrape`; null when the metrics could not be aggregated. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string | null }

/** Messages from a worker to the primary. */
export type ToPrimary =
  | { readonly kind: 'ready' }
  /** Sent from the event loop, so it stops when the loop is blocked. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'metrics-report'; readonly id: number; readonly report: MetricsReport }
  /** A monitor asked this worker for the metrics of all processes. */
  | { readonly kind: 'scrape'; readonly id: number }
  /** The last message of a worker that shuts down. */
  | { readonly kind: 'final-metrics'; readonly report: MetricsReport }
