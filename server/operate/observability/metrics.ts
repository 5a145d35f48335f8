import cluster from 'node:cluster'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { isRefusalCode } from '../../core/access/refusal.js'
import type { Distribution, LabelledCounter } from '../../core/counters.js'
import type { Context } from '../../storage/context.js'

type Labels = Readonly<Record<string, string>>

/** One sample of a metric. */
interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** A metric that is read when a monitor scrapes. The samples of several processes are added up. */
export type MetricReading = ScalarReading | HistogramReading

interface ScalarReading {
  readonly name: MetricName
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labelNames: readonly string[]
  readonly read: () => readonly Sample[]
}

interface HistogramReading {
  readonly name: MetricName
  readonly help: string
  readonly type: 'histogram'
  readonly read: () => Distribution
}

type MetricName = `postern_${string}`

/**
 * Opens the registry of this process: Postern's own metrics and those of the process. Events are counted in place, in
 * `core/counters`, and read here at a scrape, so that a check pays for an addition and no more.
 */
export function openMetrics(readings: readonly MetricReading[]): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const reading of readings) {
    if (reading.type === 'histogram') registerHistogram(registry, reading)
    else if (reading.type === 'counter') registerCounter(registry, reading)
    else registerGauge(registry, reading)
  }
  return registry
}

function registerCounter(registry: Registry, { name, help, labelNames, read }: ScalarReading): void {
  const counter = new Counter({ name, help, labelNames, registers: [registry], collect })
  function collect(): void {
    counter.reset()
    for (const { labels, value } of read()) counter.inc(labels, value)
  }
}

function registerGauge(registry: Registry, { name, help, labelNames, read }: ScalarReading): void {
  const gauge = new Gauge({ name, help, labelNames, registers: [registry], collect })
  function collect(): void {
    gauge.reset()
    for (const { labels, value } of read()) gauge.set(labels, value)
  }
}

/** prom-client cannot take buckets that were counted elsewhere, so both of the histogram's readers are replaced. */
function registerHistogram(registry: Registry, { name, help, type, read }: HistogramReading): void {
  const get = async () => ({ name, help, type, aggregator: 'sum', values: bucketSamples(name, read()) })
  Object.assign(new Histogram({ name, help, registers: [registry] }), { get, getForPromString: get })
}

/** The metrics of every process that serves. */
export function readingsOf({
  counters,
  postgres,
  tokenCache,
}: Pick<Context, 'counters' | 'postgres' | 'tokenCache'>): readonly MetricReading[] {
  const { checks, checkSeconds, shed, signIns, storeErrors, storeConnections, alarms, mails, events } = counters
  return [
    {
      name: 'postern_processes',
      help: 'Processes by role: the main one, and workers',
      type: 'gauge',
      labelNames: ['role'],
      read: () => [{ labels: { role: cluster.isWorker ? 'worker' : 'main' }, value: 1 }],
    },
    {
      name: 'postern_checks_total',
      help: 'Checks by outcome, code of the refusal, and carrier of the token',
      type: 'counter',
      labelNames: ['outcome', 'code', 'source'],
      read: () => [...checks].map(([outcome, source, value]) => ({ labels: outcomeLabels(outcome, source), value })),
    },
    {
      name: 'postern_check_duration_seconds',
      help: 'Time from the request of a check to its response',
      type: 'histogram',
      read: () => checkSeconds,
    },
    {
      name: 'postern_shed_total',
      help: 'Requests answered 503 without work because of too many others, by what there were too many of',
      type: 'counter',
      labelNames: ['what'],
      read: () => samplesOf(shed, 'what'),
    },
    {
      name: 'postern_sign_ins_total',
      help: 'Sign-in attempts by provider and outcome',
      type: 'counter',
      labelNames: ['provider', 'outcome'],
      read: () => samplesOf(signIns, 'provider', 'outcome'),
    },
    {
      name: 'postern_store_errors_total',
      help: 'Connection errors by store',
      type: 'counter',
      labelNames: ['store'],
      read: () => samplesOf(storeErrors, 'store'),
    },
    {
      name: 'postern_store_connections_total',
      help: 'Connections opened by store',
      type: 'counter',
      labelNames: ['store'],
      read: () => samplesOf(storeConnections, 'store'),
    },
    {
      name: 'postern_lost_uses_total',
      help: 'Token uses that could not be recorded',
      type: 'counter',
      labelNames: [],
      read: () => [{ labels: {}, value: counters.lostUses }],
    },
    {
      name: 'postern_alarms_total',
      help: 'Alarms by outcome',
      type: 'counter',
      labelNames: ['outcome'],
      read: () => samplesOf(alarms, 'outcome'),
    },
    {
      name: 'postern_mails_total',
      help: 'Warnings and notices by e-mail, by outcome',
      type: 'counter',
      labelNames: ['outcome'],
      read: () => samplesOf(mails, 'outcome'),
    },
    {
      name: 'postern_events_total',
      help: 'Events for other systems, by outcome',
      type: 'counter',
      labelNames: ['outcome'],
      read: () => samplesOf(events, 'outcome'),
    },
    {
      name: 'postern_postgres_pool',
      help: 'Connections to PostgreSQL, busy and idle, and requests waiting for one',
      type: 'gauge',
      labelNames: ['state'],
      read: () => poolSamples(postgres.pool),
    },
    ...cacheReadings(tokenCache),
  ]
}

function cacheReadings(cache: Context['tokenCache']): readonly MetricReading[] {
  const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
  return [
    {
      name: 'postern_memory_lookups_total',
      help: 'Token cache lookups by result',
      type: 'counter',
      labelNames: ['result'],
      read: () => {
        const { hits, misses } = cache.stats()
        return [
          { labels: { result: 'hit' }, value: hits },
          { labels: { result: 'miss' }, value: misses },
        ]
      },
    },
    {
      name: 'postern_memory_tokens',
      help: 'Tokens in the token cache',
      type: 'gauge',
      labelNames: [],
      read: () => one(cache.stats().entries),
    },
    {
      name: 'postern_memory_bytes',
      help: 'Approximate size of the token cache',
      type: 'gauge',
      labelNames: [],
      read: () => one(cache.stats().bytes),
    },
    {
      name: 'postern_memory_bypassed',
      help: 'Processes that bypass the token cache, because their invalidation channel is down',
      type: 'gauge',
      labelNames: [],
      read: () => one(cache.stats().bypassed),
    },
    {
      name: 'postern_memory_changes_total',
      help: 'Invalidations of tokens and people received',
      type: 'counter',
      labelNames: [],
      read: () => one(cache.stats().invalidations),
    },
  ]
}

function outcomeLabels(result: string, source: string): Labels {
  return isRefusalCode(result)
    ? { outcome: 'refused', code: result, source }
    : { outcome: result, code: 'none', source }
}

function samplesOf(counter: LabelledCounter, ...names: readonly [first: string, second?: string]): Sample[] {
  const [firstName, secondName] = names
  return [...counter].map(([first, second, value]) => ({
    labels: { [firstName]: first, ...(secondName !== undefined && { [secondName]: second }) },
    value,
  }))
}

function poolSamples({ totalCount, idleCount, waitingCount }: Context['postgres']['pool']): Sample[] {
  const states = { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
  return Object.entries(states).map(([state, value]) => ({ labels: { state }, value }))
}

/** Each Prometheus bucket includes all lower ones. */
function bucketSamples(name: MetricName, { bounds, counts, sum }: Distribution) {
  let total = 0
  const buckets = counts.map((count, at) => {
    total += count
    return { labels: { le: String(bounds[at] ?? '+Inf') }, value: total, metricName: `${name}_bucket` }
  })
  return [
    ...buckets,
    { labels: {}, value: sum, metricName: `${name}_sum` },
    { labels: {}, value: total, metricName: `${name}_count` },
  ]
}
