// Whether throughput grows with the workers, and what a check then costs: `npm run bench:workers`, `-- 1 2 4` for other
// numbers. Servers with so many workers are asked in turns, each alone, so that other work on the machine meets all of them.
// The client shares the cores: with N of them, N - 1 workers show what they can.
import { availableParallelism, loadavg } from 'node:os'
import { ownCpus } from '../support/cpu.js'
import { startPostern } from '../support/postern.js'
import { runToEnd } from '../support/run/at-end.js'
import { serve } from '../support/serve.js'
import { figure, table } from '../support/table.js'
import { type Figures, measure, medians } from './measure.js'
import { fillAccounts, fillTokens } from './parts/fill.js'
import { startLoad } from './parts/load.js'
import { startOwnBench } from './parts/own-bench.js'
import type { Measured } from './parts/postern-and-bare.js'
import { check } from './requests.js'

const ROUNDS = 5
const TOKENS = 100
const TAP = check('scope=read:tap')
/** Connections are dealt to the workers as they come, so that few of them would be dealt unevenly. */
const LOAD = { connections: 64, seconds: 1.5, most: 500_000 }

const sizes = process.argv.slice(2).map(Number)
const workers =
  sizes.length > 0 ? sizes : Array.from({ length: Math.max(2, availableParallelism()) }, (_, at) => at + 1)

await runToEnd(async (atEnd) => {
  const { folder, addresses, secret, env } = await startOwnBench('workers', atEnd)
  const servers: Measured[] = []
  for (const count of workers) {
    const settings = { ...env, POSTERN_WORKERS: String(count) }
    const server = await serve({ folder, name: `workers-${count}`, env: settings })
    atEnd(() => server.kill())
    servers.push({ port: server.port, pids: [server.pid()] })
  }
  const desk = await startPostern({ ...addresses, secret })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const tokens = await fillTokens(desk.context, TOKENS)
  const load = startLoad(ownCpus())
  atEnd(() => load.stop())
  // Every worker has compiled its code and cached the tokens.
  for (const server of servers) await measure(load, { server, request: TAP, tokens }, LOAD)
  const rounds: Figures[][] = servers.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, server] of servers.entries()) {
      rounds[at]?.push(await measure(load, { server, request: TAP, tokens }, LOAD))
    }
  }
  const all = rounds.map(medians)
  const [one] = all
  const rows = all.map(({ throughput, p50, p99, cpu, busy }, at) => [
    String(workers[at]),
    ...[throughput, throughput / (one?.throughput ?? Number.NaN), p50, p99, cpu, cpu / (one?.cpu ?? Number.NaN)].map(
      figure,
    ),
    figure(busy),
  ])
  const head = ['workers', 'checks/s', 'of the first', 'p50 ms', 'p99 ms', 'CPU µs', 'of the first', 'cores used']
  const machine = { node: process.version, cpus: availableParallelism(), loadAfter: loadavg()[0], rounds: ROUNDS }
  process.stdout.write(`${JSON.stringify(machine)}\n\n${table([head, ...rows])}`)
  return 0
})
