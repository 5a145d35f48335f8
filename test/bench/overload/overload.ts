// Ten times what a process can do: what it sheds, and how long those that it takes wait, beside those at its capacity.
// `npm run bench:overload`; `-- --seconds 5 --rounds 3`, `-- --times 10`, `-- --only first`.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startPostern } from '../../support/postern.js'
import { runToEnd, type Undo } from '../../support/run/at-end.js'
import { serve } from '../../support/serve.js'
import { figure, table } from '../../support/table.js'
import { median } from '../measure.js'
import { fillAccounts, fillSessions, fillTokens } from '../parts/fill.js'
import { leaveOneCpu, startOwnBench } from '../parts/own-bench.js'
import { check, page, pageOf } from '../requests.js'
import { type OpenResult, quantile, runOpenLoop } from './open-loop.js'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seconds: text, rounds: text, times: text, only: text } })
const [seconds, rounds, times] = [Number(values.seconds ?? 5), Number(values.rounds ?? 3), Number(values.times ?? 10)]
/** Of the settings, which are the defaults. */
const BOUNDS = { slowChecks: 64, requests: 200 }
/** The listener takes a hundred more, for the probes. */
const CONNECTIONS = 900
/** The burst that is taken before any is shed. */
const SETTLE_SECONDS = 2
const MOST_P99 = 2
const LEAST_ADMITTED = 0.2
/** Of the p99 at capacity. */
const MOST_LATE = 0.5
const tell = (what: string) => process.stdout.write(`${what}\n`)

interface Kind {
  readonly name: string
  /** As many at a time as are under way at capacity. */
  readonly bound: number
  readonly next: () => Buffer
}

/** One round of one kind. */
interface Round {
  readonly capacity: number
  readonly p99: number
  readonly offered: number
  /** Of those offered: a client, or all its connections, may have been too busy for the others. */
  readonly sent: number
  readonly admitted: number
  readonly shed: number
  readonly p99Admitted: number
  /** Of cached tokens meanwhile. */
  readonly p99Cached: number
  readonly p99Health: number
  /** By how much the client was late, of the times at capacity and beyond it. */
  readonly late: number
  readonly lateBeyond: number
  readonly wrong: readonly string[]
}

await runToEnd(async (atEnd) => {
  const { port, kinds, cached } = await start(atEnd)
  tell(`${times} × the capacity, ${rounds} rounds of ${seconds} s; load of the machine ${figure(loadavg()[0] ?? 0)}`)
  const rows: string[][] = []
  let isHeld = true
  for (const kind of kinds.filter(({ name }) => name.includes(values.only ?? ''))) {
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) all.push(await measureRound(port, kind, cached))
    const of = (read: (round: Round) => number) => median(all.map(read))
    const p99 = of(({ p99Admitted, p99 }) => p99Admitted / p99)
    const kept = of(({ admitted, capacity }) => admitted / capacity)
    const wrong = all.flatMap((each) => each.wrong)
    // A client that is late itself, or that sends too little, says nothing of the server.
    const isMeasured = of(({ lateBeyond, p99 }) => lateBeyond / p99) <= MOST_LATE && all.every(({ shed }) => shed > 0)
    const isReached = isMeasured && p99 <= MOST_P99 && kept >= LEAST_ADMITTED && wrong.length === 0
    isHeld &&= isReached
    rows.push([
      kind.name,
      ...[of((each) => each.capacity), of((each) => each.offered / each.capacity)].map(figure),
      ...[of((each) => each.sent / each.capacity), kept].map(figure),
      `${figure(of((each) => (each.shed / (each.shed + each.admitted)) * 100))} %`,
      ...[of((each) => each.p99), of((each) => each.p99Admitted), p99].map(figure),
      ...[of((each) => each.p99Cached), of((each) => each.p99Health)].map(figure),
      `${figure(of((each) => each.late))} and ${figure(of((each) => each.lateBeyond))}`,
      isReached
        ? 'reached'
        : isMeasured || wrong.length > 0
          ? 'MISSED'
          : 'NOT MEASURED: none was shed, or the client was late',
    ])
    for (const each of wrong) tell(`${kind.name}: ${each}`)
  }
  const head = [
    '',
    'capacity/s',
    'due ×',
    'sent ×',
    'admitted ×',
    'shed',
    'p99 ms at capacity',
    'of the admitted',
    '×, ≤ 2',
  ]
  tell(table([[...head, 'cached, p99 ms', '/health/ready, p99 ms', 'client late, p99 ms', ''], ...rows]))
  return isHeld ? 0 : 1
})

async function start(atEnd: (undo: Undo) => void) {
  const { cpu } = leaveOneCpu()
  const { folder, addresses, secret, env } = await startOwnBench('overload', atEnd)
  // So few that each of the tokens has left the cache before it comes again.
  const settings = { ...env, POSTERN_MEMORY_MAX_TOKENS: '5000' }
  const server = await serve({ folder, name: 'postern', cpu, env: settings })
  atEnd(() => server.kill())
  const desk = await startPostern({ ...addresses, secret, logLevel: 'error' })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const tokens = await fillTokens(desk.context, 40_000)
  const sessions = await fillSessions(desk.context, 100)
  const [known = ''] = await fillTokens(desk.context, 1)
  const first = inTurn(check('scope=read:tap'), tokens)
  const info = page('/auth/api/v1/token-info').replace('Host:', 'Authorization: Bearer {token}\r\nHost:')
  const kinds: Kind[] = [
    { name: 'first checks', bound: BOUNDS.slowChecks, next: first },
    { name: 'API: token-info', bound: BOUNDS.requests, next: inTurn(info, tokens) },
    { name: 'token list page', bound: BOUNDS.requests, next: inTurn(pageOf('/auth/tokens'), sessions) },
  ]
  return { port: server.port, kinds, cached: inTurn(check('scope=read:tap'), [known]) }
}

async function measureRound(port: number, { bound, next }: Kind, cached: () => Buffer): Promise<Round> {
  const closed = { port, rate: undefined, connections: bound, next }
  const atCapacity = await runOpenLoop({ ...closed, seconds: SETTLE_SECONDS + seconds, settle: SETTLE_SECONDS })
  const rate = atCapacity.throughput * times
  const open = { port, rate, connections: CONNECTIONS, next }
  const time = { seconds: SETTLE_SECONDS + seconds, settle: SETTLE_SECONDS }
  const probe = (what: () => Buffer) => runOpenLoop({ port, rate: 20, connections: 20, ...time, next: what })
  const health = Buffer.from(page('/health/ready'))
  const [over, others, monitor] = await Promise.all([
    runOpenLoop({ ...open, ...time }),
    probe(cached),
    probe(() => health),
  ])
  const offered = (over.sent + over.unsent) / seconds
  const wrong = [
    ...strange('at capacity', atCapacity, ['200']),
    ...strange('beyond it', over, ['200', '503']),
    ...strange('cached tokens beyond it', others, ['200']),
    ...strange('/health/ready beyond it', monitor, ['200']),
    ...(over.unannounced > 0 ? [`${over.unannounced} answers 503 without Retry-After`] : []),
  ]
  return {
    capacity: atCapacity.throughput,
    p99: quantile(atCapacity.times, 0.99),
    offered,
    sent: over.sent / seconds,
    admitted: over.throughput,
    shed: (over.statuses[503] ?? 0) / seconds,
    p99Admitted: quantile(over.times, 0.99),
    p99Cached: quantile(others.times, 0.99),
    p99Health: quantile(monitor.times, 0.99),
    late: atCapacity.late,
    lateBeyond: over.late,
    wrong,
  }
}

function strange(when: string, { statuses }: OpenResult, allowed: readonly string[]): string[] {
  return Object.entries(statuses).flatMap(([status, count]) =>
    allowed.includes(status) ? [] : [`${when}: ${count} answers ${status}`],
  )
}

function inTurn(request: string, tokens: readonly string[]): () => Buffer {
  const all = tokens.map((token) => Buffer.from(request.replace('{token}', token)))
  let at = 0
  return () => all[at++ % all.length] ?? Buffer.alloc(0)
}
