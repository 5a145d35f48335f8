// What a check costs, beside a server that checks nothing. `npm run bench`, and `npm run bench -- --json` for one JSON
// document on standard output and nothing else.
import { cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { runToEnd } from '../support/at-end.js'
import { figure, table } from '../support/table.js'
import { type Case, prepareCases } from './cases.js'
import { type Figures, measure, medians, ratios } from './measure.js'
import { check } from './requests.js'
import { MANY, measureRoom, type Roomy } from './roomy.js'
import { type Site, startSite } from './site.js'
import { type Target, targets } from './targets.js'

const ROUNDS = 5
const IDLE_MS = 1_000
/** Below this the client, or somebody else on the machine, kept the servers waiting. */
const BUSY_ENOUGH = 0.9

interface Line {
  readonly letter: string
  readonly name: string
  readonly figures: Figures
  /** Of what it was measured against, in the same rounds. */
  readonly ratios: Figures
}

const asJson = process.argv.includes('--json')
const tell = (text: string) => (asJson ? process.stderr : process.stdout).write(text)

await runToEnd(async (atEnd) => {
  tell('Starting stores, servers and proxies…\n')
  const site = await startSite(atEnd)
  const pinned = site.cpu === undefined ? 'nothing pinned: one CPU for everything' : `servers on CPU ${site.cpu}`
  const machine = {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    pinned,
    loadBefore: loadavg()[0],
  }
  const cases = await prepareCases(site, ROUNDS)
  const { lines, storeQueries } = await measureCases(site, cases)
  tell(`Remembering ${MANY} tokens…\n`)
  const room = await measureRoom(site, ROUNDS)
  lines.push(...(await roomLines(site, room)))
  const [remembered, throughNginx] = lines as [Line, Line]
  const held = targets({
    check: remembered.ratios,
    throughNginx: throughNginx.ratios,
    bytesEach: room.bytesEach,
    storeQueries,
  })
  const report = { machine, rounds: ROUNDS, lines, bytesEach: room.bytesEach, storeQueries, targets: held }
  if (asJson) process.stdout.write(`${JSON.stringify(report)}\n`)
  else print(report)
  return 0
})

/** Each case in short turns with what it is measured against, all of them once a round. */
async function measureCases(site: Site, cases: readonly Case[]): Promise<{ lines: Line[]; storeQueries: number }> {
  const found = cases.map((): [Figures, Figures][] => [])
  const junk = startCount(site)
  for (let round = 0; round < ROUNDS; round++) {
    tell(`Round ${round + 1} of ${ROUNDS}\n`)
    for (const [at, each] of cases.entries()) {
      const theirs = await measure(site.load, each.against())
      if (each.before) await measure(site.load, each.before(round))
      const turn = () => measure(site.load, each.turn(round))
      const ours = await (each.letter === 'g' ? junk.during(turn) : turn())
      found[at]?.push([ours, theirs])
    }
  }
  const lines = cases.map(({ letter, name }, at) => lineOf(letter, name, found[at] ?? []))
  const reference = found[0]?.map(([, bare]): [Figures, Figures] => [bare, bare]) ?? []
  return { lines: [...lines, lineOf('', 'the bare server itself', reference)], storeQueries: junk.perSecond() }
}

/** Counts what the stores are asked because of something, beyond what a process asks them when it has nothing to do. */
function startCount({ counted }: Site) {
  let [queries, seconds] = [0, 0]
  const count = async (work: () => Promise<unknown>) => {
    const [before, begun] = [counted.count(), performance.now()]
    await work()
    return { asked: counted.count() - before, took: (performance.now() - begun) / 1000 }
  }
  return {
    async during<T>(work: () => Promise<T>): Promise<T> {
      const idle = await count(() => sleep(IDLE_MS))
      let result: Promise<T> | undefined
      const busy = await count(() => (result = work()))
      queries += busy.asked - (idle.asked / idle.took) * busy.took
      seconds += busy.took
      return result as Promise<T>
    },
    perSecond: () => queries / seconds,
  }
}

function lineOf(letter: string, name: string, rounds: readonly [Figures, Figures][]): Line {
  return { letter, name, figures: medians(rounds.map(([ours]) => ours)), ratios: ratios(rounds) }
}

async function roomLines(site: Site, { tokens, first, remembered }: Roomy): Promise<Line[]> {
  const bare = await measure(site.load, { server: site.bare, request: check('scope=read:tap'), tokens: [site.token] })
  return [
    lineOf('h', `${tokens} tokens, each first`, [[first, bare]]),
    lineOf(
      'h',
      `${tokens} tokens, remembered`,
      remembered.map((each) => [each, bare]),
    ),
  ]
}

function print({
  machine,
  lines,
  targets: held,
}: {
  machine: object
  lines: readonly Line[]
  targets: readonly Target[]
}) {
  const columns = [
    ['a second', 'throughput'],
    ['p50 ms', 'p50'],
    ['p99 ms', 'p99'],
    ['CPU µs', 'cpu'],
  ] as const
  const head = ['', ...columns.flatMap(([title]) => [title, '×']), 'busy']
  const rows = lines.map(({ letter, name, figures, ratios: shares }) => [
    letter ? `(${letter}) ${name}` : `    ${name}`,
    ...columns.flatMap(([, key]) => [figure(figures[key]), figure(shares[key])]),
    `${Math.round(figures.busy * 100)} %`,
  ])
  tell(`\n${JSON.stringify(machine)}\n\n${table([head, ...rows])}\n`)
  tell('×: of the bare server’s figure in the same round; through nginx, of the bare server’s through nginx.\n')
  const idle = lines.filter(({ figures }) => figures.busy < BUSY_ENOUGH).map(({ name }) => name)
  if (idle.length > 0)
    tell(`Servers that had time to spare, so that CPU time says more than throughput: ${idle.join('; ')}.\n`)
  const verdicts = held.map(({ name, wanted, is, reached }) => [
    name,
    wanted,
    figure(is),
    reached ? 'reached' : 'MISSED',
  ])
  tell(`\n${table([['target', 'wanted', 'is', ''], ...verdicts])}`)
}
