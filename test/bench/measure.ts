import { cpuSince, cpuTime, cpuTimes } from '../support/cpu.js'
import type { LoadGenerator } from './parts/load.js'
import type { Job } from './parts/load-job.js'
import type { StorePids } from './parts/own-bench.js'
import type { Measured } from './parts/postern-and-bare.js'

/** The requests to one server in one round. */
export interface Turn extends Pick<Job, 'request'>, Partial<Pick<Job, 'tokens' | 'once'>> {
  readonly server: Measured
  /** The status that every answer must have. */
  readonly status?: number
}

/** One round of one server. */
export interface Figures {
  readonly answered: number
  /** Answers a second. */
  readonly throughput: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** CPU time of the servers, microseconds an answer. */
  readonly cpu: number
  /** How much of the time the servers had something to do: well below 1, the client was too slow to measure them. */
  readonly busy: number
  /** CPU time of the stores, where it was measured. */
  readonly stores?: StoresCpu
}

/** Microseconds an answer. */
export interface StoresCpu {
  readonly postgres: number
  readonly redis: number
}

export type FigureName = Exclude<keyof Figures, 'stores'>

const CONNECTIONS = 32
const ROUND = { connections: CONNECTIONS, seconds: 0.6, most: 60_000 }

/** Loads a server for one round. Throws where an answer is not what it should be: a refusal is quicker than a check. */
export async function measure(load: LoadGenerator, turn: Turn, bounds: Partial<typeof ROUND> = {}): Promise<Figures> {
  const { server, status = 200, ...what } = turn
  const [before, sinceThen] = [cpuTime(server.pids), server.stores && storesSince(server.stores)]
  const { answered, seconds, statuses, p50, p99 } = await load.run({ ...ROUND, ...bounds, port: server.port, ...what })
  // Of a server without a known process there is throughput alone.
  const cpu = server.pids.length === 0 ? Number.NaN : cpuTime(server.pids) - before
  const stores = sinceThen?.(answered)
  if (statuses[status] !== answered) throw new Error(`Not every answer was ${status}: ${JSON.stringify(statuses)}`)
  const rates = { throughput: answered / seconds, p50, p99, cpu: cpu / answered, busy: cpu / 1e6 / seconds }
  return { answered, ...rates, ...(stores && { stores }) }
}

/** Returns what the stores have taken for each answer since now, with what they do beside it. */
function storesSince({ postgres, redis }: StorePids): (answered: number) => StoresCpu {
  const [inPostgres, inRedis] = [cpuTimes(postgres), cpuTimes(redis)]
  return (answered) => ({
    postgres: cpuSince(inPostgres, postgres) / answered,
    redis: cpuSince(inRedis, redis) / answered,
  })
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Of each figure the median of all rounds. */
export function medians(rounds: readonly Figures[]): Figures {
  const of = (name: FigureName) => median(rounds.map((round) => round[name]))
  return {
    answered: of('answered'),
    throughput: of('throughput'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    busy: of('busy'),
  }
}

/** Of what the stores took the median of all rounds; undefined where it was not measured. */
export function medianOfStores(rounds: readonly Figures[]): StoresCpu | undefined {
  const measured = rounds.flatMap(({ stores }) => stores ?? [])
  if (measured.length === 0) return undefined
  return { postgres: median(measured.map((each) => each.postgres)), redis: median(measured.map((each) => each.redis)) }
}

/** Each figure as a share of the other's in the same round, and of these the median: what disturbs a round disturbs both. */
export function ratios(rounds: readonly (readonly [Figures, Figures])[]): Figures {
  return medians(
    rounds.map(([ours, theirs]) => ({
      answered: ours.answered / theirs.answered,
      throughput: ours.throughput / theirs.throughput,
      p50: ours.p50 / theirs.p50,
      p99: ours.p99 / theirs.p99,
      cpu: ours.cpu / theirs.cpu,
      busy: ours.busy / theirs.busy,
    })),
  )
}
