// Measures a check beside a server that checks nothing. `npm run bench`; `-- --only abh` measures these lines alone, and
// `-- --json FILE` writes the report as JSON in the form of test/bench/results/checks.json, from which deploy/docs/performance.md
// is made.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { runToEnd } from '../support/run/at-end.js'
import { prepareCases } from './cases.js'
import { type Line, measureCases, rehearse, roomLines } from './lines.js'
import { type MeasuredServers, startMeasuredServers } from './parts/measured-servers.js'
import { measureRoom } from './parts/roomy.js'
import { printed } from './printed.js'
import { targets } from './targets.js'

const ROUNDS = 5
/** Of pages, of which a round has some hundreds: before so many, half of their CPU time is the compiler's. */
const REHEARSAL = { seconds: 30, most: 5_000 }

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } })
const wanted = (letter: string) => values.only?.includes(letter) ?? true
const tell = (text: string) => process.stdout.write(`${text}\n`)

await runToEnd(async (atEnd) => {
  tell('Starting stores, servers and proxies…')
  const site = await startMeasuredServers(atEnd)
  const machine = machineOf(site)
  const cases = (await prepareCases(site, ROUNDS)).filter(({ letter }) => wanted(letter))
  await rehearse(
    site,
    cases.filter(({ letter }) => letter === 'i'),
    REHEARSAL,
  )
  const { lines, storeQueries } = await measureCases(site, cases, ROUNDS, tell)
  const room = wanted('h') ? await measureRoom(site, ROUNDS, tell) : undefined
  const all: readonly Line[] = room ? [...lines, ...(await roomLines(site, room))] : lines
  const found = { lines: all, bytesEach: room?.bytesEach, storeQueries: wanted('g') ? storeQueries : undefined }
  const run = { command: 'npm run bench', date: new Date().toISOString().slice(0, 10), machine, rounds: ROUNDS }
  const report = { ...run, ...found, targets: targets(found) }
  tell(printed(report))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  return 0
})

function machineOf({ cpu }: MeasuredServers) {
  return {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    pinned: cpu === undefined ? 'nothing: there is one CPU for everything' : `all servers to CPU ${cpu}`,
    loadBefore: loadavg()[0],
  }
}
