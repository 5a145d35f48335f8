// What a check costs, beside a server that checks nothing. `npm run bench`; `-- --only abh` measures these lines alone, and
// `-- --json` writes one JSON document to standard output and nothing else.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { runToEnd } from '../support/run/at-end.js'
import { prepareCases } from './cases.js'
import { type Line, measureCases, roomLines } from './lines.js'
import { measureRoom } from './parts/roomy.js'
import { type Site, startSite } from './parts/site.js'
import { printed } from './printed.js'
import { targets } from './targets.js'

const ROUNDS = 5

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } })
const wanted = (letter: string) => values.only?.includes(letter) ?? true
const tell = (text: string) => (values.json ? process.stderr : process.stdout).write(`${text}\n`)

await runToEnd(async (atEnd) => {
  tell('Starting stores, servers and proxies…')
  const site = await startSite(atEnd)
  const machine = machineOf(site)
  const cases = (await prepareCases(site, ROUNDS)).filter(({ letter }) => wanted(letter))
  const { lines, storeQueries } = await measureCases(site, cases, ROUNDS, tell)
  const room = wanted('h') ? await measureRoom(site, ROUNDS, tell) : undefined
  const all: readonly Line[] = room ? [...lines, ...(await roomLines(site, room))] : lines
  const found = { lines: all, bytesEach: room?.bytesEach, storeQueries: wanted('g') ? storeQueries : undefined }
  const report = { machine, rounds: ROUNDS, ...found, targets: targets(found) }
  tell(values.json ? 'Done' : printed(report))
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  return 0
})

function machineOf({ cpu }: Site) {
  return {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    pinned: cpu === undefined ? 'nothing: there is one CPU for everything' : `all servers to CPU ${cpu}`,
    loadBefore: loadavg()[0],
  }
}
