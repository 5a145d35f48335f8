import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { Distribution, LabelledCounter } from '../../core/counters.js'
import type { Context } from '../../storage/context.js'

type Labels = Readonly<Record<string, string>>

/** One value of a metric, and by what it is told from the others. */
interface Value {
  readonly labels: Labels
  readonly value: number
  /** Where it is not the metric's own name: a histogram is a metric of several. */
  readonly metricName?: string
}

/** A metric that is read when a monitor asks. Several processes' values are added up. */
export interface MetricReading {
  readonly name: `postern_${string}`
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly read: () => readonly Value[]
}

/**
 * What this process tells monitors: Postern's own metrics, and those of the process. Everything is counted in place where it
 * happens and read here: a check pays for an addition.
 */
export function openMetrics(readings: readonly MetricReading[]): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { read, ...description } of readings) {
    const get = async () => ({ ...description, aggregator: 'sum', values: read() })
    // What a registry asks of a metric is its name and its values, and prom-client's own aggregates are no more than this.
    registry.registerMetric({ ...description, get } as unknown as Metric)
  }
  return registry
}

/** What is counted in every process. */
export function readingsOf({
  counters: counts,
  postgres,
  tokenCache: memory,
}: Pick<Context, 'counters' | 'postgres' | 'tokenCache'>): readonly MetricReading[] {
  const { checks, checkSeconds, signIns, storeErrors, storeConnections } = counts
  return [
    {
      name: 'postern_checks_total',
      help: 'Checks by outcome, code of the refusal, and where the token was',
      type: 'counter',
      read: () => [...checks].map(([outcome, source, value]) => ({ labels: outcomeLabels(outcome, source), value })),
    },
    {
      name: 'postern_check_duration_seconds',
      help: 'Time from the question of a check to its answer',
      type: 'histogram',
      read: () => histogramOf('postern_check_duration_seconds', checkSeconds),
    },
    {
      name: 'postern_sign_ins_total',
      help: 'Tries to sign in by provider and outcome',
      type: 'counter',
      read: () => valuesOf(signIns, 'provider', 'outcome'),
    },
    {
      name: 'postern_store_errors_total',
      help: 'Errors of connections to a store',
      type: 'counter',
      read: () => valuesOf(storeErrors, 'store'),
    },
    {
      name: 'postern_store_connections_total',
      help: 'Connections made to a store',
      type: 'counter',
      read: () => valuesOf(storeConnections, 'store'),
    },
    {
      name: 'postern_lost_uses_total',
      help: 'Uses of tokens that could not be written down',
      type: 'counter',
      read: () => [{ labels: {}, value: counts.lostUses }],
    },
    {
      name: 'postern_postgres_pool',
      help: 'Connections to PostgreSQL that are busy and idle, and requests that wait for one',
      type: 'gauge',
      read: () => poolValues(postgres.pool),
    },
    ...memoryReadings(memory),
  ]
}

function memoryReadings(memory: Context['tokenCache']): readonly MetricReading[] {
  const one = (value: number): readonly Value[] => [{ labels: {}, value }]
  return [
    {
      name: 'postern_memory_lookups_total',
      help: 'Tokens that were found in memory, and that had to be read',
      type: 'counter',
      read: () => {
        const { hits, misses } = memory.stats()
        return [
          { labels: { result: 'hit' }, value: hits },
          { labels: { result: 'miss' }, value: misses },
        ]
      },
    },
    {
      name: 'postern_memory_tokens',
      help: 'Tokens that are remembered',
      type: 'gauge',
      read: () => one(memory.stats().entries),
    },
    {
      name: 'postern_memory_bytes',
      help: 'What the remembered tokens take, about',
      type: 'gauge',
      read: () => one(memory.stats().bytes),
    },
    {
      name: 'postern_memory_bypassed',
      help: 'Processes that remember nothing, because they would not hear of changes',
      type: 'gauge',
      read: () => one(memory.stats().bypassed),
    },
    {
      name: 'postern_memory_changes_total',
      help: 'Changes of tokens and people that were heard of',
      type: 'counter',
      read: () => one(memory.stats().invalidations),
    },
  ]
}

/** Outcomes of a check that are not refusals. */
const OUTCOMES = new Set(['admitted', 'anonymous', 'invalid', 'unavailable', 'failed'])

function outcomeLabels(outcome: string, source: string): Labels {
  return OUTCOMES.has(outcome) ? { outcome, code: 'none', source } : { outcome: 'refused', code: outcome, source }
}

function valuesOf(tally: LabelledCounter, ...names: readonly [first: string, second?: string]): Value[] {
  const [firstName, secondName] = names
  return [...tally].map(([first, second, value]) => ({
    labels: { [firstName]: first, ...(secondName !== undefined && { [secondName]: second }) },
    value,
  }))
}

function poolValues({ totalCount, idleCount, waitingCount }: Context['postgres']['pool']): Value[] {
  const states = { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
  return Object.entries(states).map(([state, value]) => ({ labels: { state }, value }))
}

/** Prometheus counts each bucket with all those below it. */
function histogramOf(name: string, { bounds, counts, sum }: Distribution): Value[] {
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
