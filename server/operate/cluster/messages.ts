import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { DrainOptions } from '../lifecycle/drain.js'

/** What a process has counted, as prom-client adds it to that of others. */
export type Report = readonly MetricObjectWithValues<MetricValue<string>>[]

/** How often a worker that serves says that it is alive. */
export const HEARTBEAT_MS = 1_000

/** What the primary says to a worker. */
export type ToWorker =
  | { readonly tell: 'stop'; readonly farewell: DrainOptions }
  | { readonly tell: 'count'; readonly id: number }
  /** Null when they could not be added up. */
  | { readonly tell: 'metrics'; readonly id: number; readonly text: string | null }

/** What a worker says to the primary. */
export type ToPrimary =
  | { readonly tell: 'ready' }
  /** Its event loop goes round. */
  | { readonly tell: 'alive' }
  | { readonly tell: 'counted'; readonly id: number; readonly report: Report }
  /** Somebody asks for the metrics of all of us. */
  | { readonly tell: 'scrape'; readonly id: number }
  /** The last words of a worker that ends. */
  | { readonly tell: 'ended'; readonly report: Report }
