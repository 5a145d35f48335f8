// Measures sign-ins and token requests beside `oidc-provider` alone, which keeps all in its own memory. `npm run bench:openid`;
// `-- --json FILE` writes the report as JSON in the form of test/bench/results/openid.json, from which
// deploy/docs/performance.md is made.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { runToEnd } from '../support/run/at-end.js'
import { figure, table } from '../support/table.js'
import { type Figures, medians, ratios } from './measure.js'
import { KINDS, measureKind } from './openid-turns.js'
import { startTwoProviders } from './parts/two-providers.js'

const ROUNDS = 5
/** Of browsers and clients at once. */
const AT_ONCE = 16

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const tell = (text: string) => process.stdout.write(`${text}\n`)

await runToEnd(async (atEnd) => {
  tell('Starting stores and two providers…')
  const { postern, bare, cpu } = await startTwoProviders(AT_ONCE, atEnd)
  const machine = {
    cpu: cpus()[0]?.model,
    cpus: cpus().length,
    node: process.version,
    pinned: cpu === undefined ? 'nothing: there is one CPU for everything' : `both to CPU ${cpu}`,
    loadBefore: loadavg()[0],
  }
  const found = KINDS.map((): [Figures, Figures][] => [])
  for (let round = 0; round < ROUNDS; round++) {
    tell(`Round ${round + 1} of ${ROUNDS}`)
    for (const [at, { kind }] of KINDS.entries()) {
      const theirs = await measureKind(bare, kind)
      found[at]?.push([await measureKind(postern, kind), theirs])
    }
  }
  const lines = KINDS.map(({ name }, at) => ({
    name,
    figures: medians((found[at] ?? []).map(([ours]) => ours)),
    bare: medians((found[at] ?? []).map(([, theirs]) => theirs)),
    ratios: ratios(found[at] ?? []),
  }))
  const run = { command: 'npm run bench:openid', date: new Date().toISOString().slice(0, 10), machine, rounds: ROUNDS }
  const rows = lines.map(({ name, figures, bare: theirs, ratios: each }) => [
    name,
    ...[figures.throughput, theirs.throughput, each.throughput, figures.cpu, theirs.cpu, each.cpu].map(figure),
    `${Math.round(figures.busy * 100)} %`,
  ])
  tell(`\n${JSON.stringify(machine)}\n`)
  tell(table([['', 'a second', 'alone', '×', 'CPU µs', 'alone', '×', 'busy'], ...rows]))
  tell('Alone: oidc-provider with its own memory. ×: of that figure in the same round, the median of all rounds.')
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...run, lines }, fewDigits, 2)}\n`)
  return 0
})

function fewDigits(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
