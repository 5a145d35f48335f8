import { HERD_MS } from '../../../server/core/overload/crowd.js'
import { page } from '../requests.js'
import { type OpenResult, quantile, runOpenLoop } from './open-loop.js'

/** Requests of a kind, to a server. */
export interface Kind {
  readonly name: string
  readonly port: number
  /** As many at a time as are under way at capacity. */
  readonly bound: number
  readonly next: () => Buffer
  /** Checks of a cached token, for the same server. */
  readonly cached: () => Buffer
  /** Whether it is taken for a herd first, in which none has to be shed. */
  readonly isHerd: boolean
  /** Of the capacity, what has to be sent for the row to say anything. */
  readonly leastSent: number
}

/** One round of one kind. */
export interface Round {
  readonly capacity: number
  readonly p99: number
  /** Requests a second that were due. */
  readonly offered: number
  /** Of those offered: a client, or all its connections, may have been too busy for the others. */
  readonly sent: number
  readonly admitted: number
  /** Of all, in percent. */
  readonly shed: number
  readonly p99Admitted: number
  /** The same while it was taken for a herd; NaN where none is expected. */
  readonly shedOfHerd: number
  readonly p99Herd: number
  /** Of cached tokens meanwhile. */
  readonly p99Cached: number
  readonly p99Health: number
  /** By how much the client was late, of the times at capacity and beyond it. */
  readonly late: number
  readonly lateBeyond: number
  /** Whether the process has bypassed its cache: it is told nothing in time on a machine that is too busy. */
  readonly isBypassed: boolean
  readonly wrong: readonly string[]
}

/** The listener takes a hundred more, for the probes. */
const CONNECTIONS = 900
const SETTLE_SECONDS = 2
/** The burst that is taken before any is shed, and until it is answered. */
const BURST_SECONDS = 3
const NONE: OpenResult = {
  sent: 0,
  unsent: 0,
  statuses: {},
  unannounced: 0,
  bypassed: 0,
  times: [],
  throughput: 0,
  late: 0,
}

/** Measures a kind at its capacity and then at so many times of it. */
export async function measureRound(kind: Kind, times: number, seconds: number): Promise<Round> {
  const { port, bound, next, cached, isHerd } = kind
  const closed = { port, rate: undefined, connections: bound, next }
  const [, atCapacity = NONE] = await runOpenLoop({ ...closed, phases: [SETTLE_SECONDS, seconds] })
  const open = { port, rate: atCapacity.throughput * times, connections: CONNECTIONS, next }
  const herdSeconds = isHerd ? HERD_MS / 1000 : 0
  const phases = [BURST_SECONDS, herdSeconds, seconds]
  const probe = (what: () => Buffer) => runOpenLoop({ port, rate: 20, connections: 20, phases, next: what })
  const [ready, health] = [Buffer.from(page('/health/ready')), Buffer.from(page('/health'))]
  const [[first = NONE, herd = NONE, over = NONE], cachedMeanwhile, monitor, states] = await Promise.all([
    runOpenLoop({ ...open, phases }),
    probe(cached),
    probe(() => ready),
    probe(() => health),
  ])
  const isBypassed = states.some(({ bypassed }) => bypassed > 0)
  const unannounced = [first, herd, over].reduce((sum, each) => sum + each.unannounced, 0)
  return {
    capacity: atCapacity.throughput,
    p99: quantile(atCapacity.times, 0.99),
    offered: (over.sent + over.unsent) / seconds,
    sent: over.sent / seconds,
    admitted: over.throughput,
    shed: shareShed(over),
    p99Admitted: quantile(over.times, 0.99),
    shedOfHerd: shareShed(herd),
    p99Herd: quantile(herd.times, 0.99),
    p99Cached: quantile(cachedMeanwhile.at(-1)?.times ?? [], 0.99),
    p99Health: quantile(monitor.at(-1)?.times ?? [], 0.99),
    late: atCapacity.late,
    lateBeyond: over.late,
    isBypassed,
    wrong: [
      ...strange('at capacity', [atCapacity], ['200']),
      ...strange('beyond it', [first, herd, over], ['200', '503']),
      ...strange('cached tokens beyond it', cachedMeanwhile, isBypassed ? ['200', '503'] : ['200']),
      ...strange('/health/ready beyond it', monitor, ['200']),
      ...(unannounced > 0 ? [`${unannounced} answers 503 without Retry-After`] : []),
    ],
  }
}

function shareShed({ statuses, sent }: OpenResult): number {
  return sent === 0 ? Number.NaN : ((statuses[503] ?? 0) / sent) * 100
}

function strange(when: string, results: readonly OpenResult[], allowed: readonly string[]): string[] {
  return results.flatMap(({ statuses }) =>
    Object.entries(statuses).flatMap(([status, count]) =>
      allowed.includes(status) ? [] : [`${when}: ${count} answers ${status}`],
    ),
  )
}
