// Simulates a large site from measured parts: `npm run bench:scale`, and `-- 100 4 10000000 1000000` for replicas, workers,
// tokens and checks a second. Measures first, by replicas in this process on stores of their own; `-- --from FILE` takes a
// run that was written by `--json FILE` instead. Fails where a part of the stores' load grows faster than it may.
// Measured: counts of commands, statements and messages with 2, 4 and 8 processes; CPU time of the stores for each act.
// Of the published `npm run bench`: CPU time and memory of a process. Arithmetic: how often a site does each act.
import { writeFileSync } from 'node:fs'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { runToEnd } from '../../support/run/at-end.js'
import { measureAll } from './measure.js'
import { growthOf, loadOf, type Site } from './model.js'
import { complaints, printedParts, printedSizes } from './printed.js'
import { readProcessCosts, readRun, type ScaleRun, SITES } from './sites.js'

const tell = (text: string) => process.stdout.write(text)
const { values, positionals } = parseArgs({
  options: { from: { type: 'string' }, json: { type: 'string' } },
  allowPositionals: true,
})

await runToEnd(async () => {
  const run = values.from === undefined ? await measure() : readRun(values.from)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(run, null, 2)}\n`)
  const costs = readProcessCosts()
  const site = wanted()
  const growth = growthOf(site, run.measured, costs)
  tell(`\n${title(site)}\n\n${printedParts(loadOf(site, run.measured, costs), growth)}\n`)
  tell(`The same at shares of its size\n\n${printedSizes(site, run.measured, costs)}\n`)
  const inTurn = { ...site, balance: 'in turn' } as const
  tell(
    `${title(inTurn)}\n\n${printedParts(loadOf(inTurn, run.measured, costs), growthOf(inTurn, run.measured, costs))}\n`,
  )
  tell(`The same at shares of its size\n\n${printedSizes(inTurn, run.measured, costs)}\n`)
  const tooFast = complaints(site, run.measured, costs)
  tell(tooFast.length === 0 ? 'Each part grows as it may.\n' : `TOO FAST\n${tooFast.join('\n')}\n`)
  return tooFast.length === 0 ? 0 : 1
})

function title({ replicas, workers, tokens, inUse, checks, balance }: Site): string {
  const count = (number: number) => number.toLocaleString('en')
  return `${replicas} × ${workers} processes, ${count(tokens)} tokens, ${count(inUse)} in use, ${count(checks)} checks a second, balanced ${balance}`
}

/** The largest site, or the one that the command line names; one in a hundred tokens is in use. */
function wanted(): Site {
  const extreme = SITES.at(-1)
  if (!extreme) throw new Error('There is no site')
  const [replicas, workers, tokens, checks] = positionals.map(Number)
  return {
    ...extreme,
    replicas: replicas ?? extreme.replicas,
    workers: workers ?? extreme.workers,
    tokens: tokens ?? extreme.tokens,
    inUse: tokens === undefined ? extreme.inUse : tokens / 100,
    checks: checks ?? extreme.checks,
  }
}

async function measure(): Promise<ScaleRun> {
  const date = new Date().toISOString().slice(0, 10)
  const machine = {
    cpu: os.cpus()[0]?.model,
    cpus: os.availableParallelism(),
    node: process.version,
    loadBefore: Number(os.loadavg()[0]?.toFixed(2)),
  }
  const measured = await measureAll(tell)
  return { command: 'npm run bench:scale', date, machine, measured }
}
