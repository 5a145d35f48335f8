// How soon after its revocation a token is refused by every process. `npm run bench:revocation`, and `-- --json` for one
// JSON document on standard output and nothing else.
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { runToEnd } from '../support/run/at-end.js'
import { figure, table } from '../support/table.js'
import { startThreeReplicas } from './parts/three-replicas.js'
import { type Phase, type PhaseResult, runPhase } from './revocation-phase.js'

/** Seconds; short, because the phases that break the connection wait for it. */
const MAX_AGE = 3
/** A phase ends after so many seconds, on a machine that is too slow for all of its revocations. */
const LONGEST = 60
// biome-ignore format: a table reads in columns
const PHASES: readonly Phase[] = [
  { name: 'everything up',                                   revocations: 2_000, boundMs: 1_000,          typicalMs: 50 },
  { name: 'one process cannot reach Redis',                  revocations: 300,   boundMs: MAX_AGE * 1000, trouble: 'cut' },
  { name: 'its connection for changes breaks again and again', revocations: 300, boundMs: MAX_AGE * 1000, trouble: 'reset' },
  { name: 'its connections to Redis fall silent',            revocations: 300,   boundMs: MAX_AGE * 1000, trouble: 'stall' },
  { name: 'everything up again',                             revocations: 500,   boundMs: 1_000,          typicalMs: 50 },
]

const asJson = process.argv.includes('--json')
const tell = (text: string) => (asJson ? process.stderr : process.stdout).write(text)

await runToEnd(async (atEnd) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-revocation-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  tell('Starting stores and three servers…\n')
  const replicas = await startThreeReplicas(folder, MAX_AGE, atEnd)
  const results: PhaseResult[] = []
  for (const phase of PHASES) {
    tell(`${phase.name}: ${phase.revocations} revocations\n`)
    results.push(await runPhase(replicas, phase, LONGEST))
  }
  const revived = await replicas.admittedOfRevoked()
  const machine = { node: process.version, loadAfter: loadavg()[0], maxAgeSeconds: MAX_AGE }
  const run = { command: 'npm run bench:revocation', date: new Date().toISOString().slice(0, 10), machine }
  if (asJson) process.stdout.write(`${JSON.stringify({ ...run, results, revived })}\n`)
  else print(machine, results, revived)
  return revived === 0 && results.every(({ late }) => late === 0) ? 0 : 1
})

function print(machine: object, results: readonly PhaseResult[], revived: number): void {
  const head = [
    'ms from the answer to the last admission',
    'revocations',
    'p50',
    'p99',
    'max',
    'bound',
    'beyond it',
    'checks/s',
  ]
  const rows = results.map(({ phase, revocations, p50, p99, max, late, checksPerSecond }) => [
    phase.name,
    String(revocations),
    ...[p50, p99, max, phase.boundMs].map(figure),
    String(late),
    figure(checksPerSecond),
  ])
  tell(`\n${JSON.stringify(machine)}\n\n${table([head, ...rows])}\n`)
  tell(`Admitted when all of them were asked for once more, by each process: ${revived}\n`)
}
