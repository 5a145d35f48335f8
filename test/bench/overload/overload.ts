// Ten times what a process can do: what it sheds, and how long those that it takes wait, beside those at its capacity.
// `npm run bench:overload`; `-- --seconds 4 --rounds 2`, `-- --times 10`, `-- --only first`.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { HERD_MS } from '../../../server/core/overload/crowd.js'
import { runToEnd } from '../../support/run/at-end.js'
import { figure, table } from '../../support/table.js'
import { median } from '../measure.js'
import { type Kind, measureRound, type Round } from './round.js'
import { SLOW_BYTES, startSite } from './site.js'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seconds: text, rounds: text, times: text, only: text } })
const [seconds, rounds, times] = [Number(values.seconds ?? 4), Number(values.rounds ?? 2), Number(values.times ?? 10)]
const MOST_P99 = 2
const LEAST_ADMITTED = 0.2
/** Of the p99 at capacity. */
const MOST_LATE = 0.5
const tell = (what: string) => process.stdout.write(`${what}\n`)

await runToEnd(async (atEnd) => {
  const kinds = await startSite(atEnd)
  tell(`${times} × the capacity, ${rounds} rounds of ${seconds} s; load of the machine ${figure(loadavg()[0] ?? 0)}.`)
  tell(
    `Slow store: PostgreSQL behind a relay whose answers share ${SLOW_BYTES / 1000} kB/s, so that this machine can send ${times} × what it allows.`,
  )
  tell(
    `First checks are measured after ${HERD_MS / 1000} s of overload: before, they are taken for a herd (its own columns).`,
  )
  const rows: string[][] = []
  let isHeld = true
  for (const kind of kinds.filter(({ name }) => name.includes(values.only ?? ''))) {
    const all: Round[] = []
    for (let round = 0; round < rounds; round++) all.push(await measureRound(kind, times, seconds))
    const { row, isReached } = summed(kind, all)
    isHeld &&= isReached
    rows.push(row)
    if (all.some(({ isBypassed }) => isBypassed))
      tell(`${kind.name}: the cache was bypassed for a while, the machine is too busy`)
    for (const each of all.flatMap(({ wrong }) => wrong)) tell(`${kind.name}: ${each}`)
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
  const beside = ['as a herd: shed', 'p99 ms', 'cached, p99 ms', '/health/ready, p99 ms', 'client late, p99 ms', '']
  tell(table([[...head, ...beside], ...rows]))
  return isHeld ? 0 : 1
})

/** The medians of the rounds of a kind, and whether they are what is asked. */
function summed(kind: Kind, all: readonly Round[]): { row: string[]; isReached: boolean } {
  const of = (read: (round: Round) => number) => median(all.map(read))
  const p99 = of((each) => each.p99Admitted / each.p99)
  const kept = of((each) => each.admitted / each.capacity)
  const sent = of((each) => each.sent / each.capacity)
  const isWrong = all.some(({ wrong }) => wrong.length > 0)
  // A client that is late itself, or that sends too little, says nothing of the server.
  const isLate = of((each) => each.lateBeyond / each.p99) > MOST_LATE
  const isTooLittle = sent < kind.leastSent || all.some(({ shed }) => !(shed > 0))
  const isReached = !isLate && !isTooLittle && !isWrong && p99 <= MOST_P99 && kept >= LEAST_ADMITTED
  const verdict = isReached ? 'reached' : isWrong ? 'MISSED' : missed(isLate, isTooLittle)
  const percent = (share: number) => (Number.isNaN(share) ? '-' : `${figure(share)} %`)
  const row = [
    kind.name,
    ...[of((each) => each.capacity), of((each) => each.offered / each.capacity), sent, kept].map(figure),
    percent(of((each) => each.shed)),
    ...[of((each) => each.p99), of((each) => each.p99Admitted), p99].map(figure),
    percent(of((each) => each.shedOfHerd)),
    ...[of((each) => each.p99Herd), of((each) => each.p99Cached), of((each) => each.p99Health)].map(figure),
    `${figure(of((each) => each.late))} and ${figure(of((each) => each.lateBeyond))}`,
    verdict,
  ]
  return { row, isReached }
}

function missed(isLate: boolean, isTooLittle: boolean): string {
  if (isLate) return 'NOT MEASURED: the client was late'
  return isTooLittle ? 'NOT MEASURED: too little was sent, or none was shed' : 'MISSED'
}
