import { childrenOf } from '../../support/cpu.js'
import { eventually } from '../../support/eventually.js'
import { startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import type { Serving } from '../../support/serve.js'
import { startRelay } from '../../support/stores/relay.js'
import { countQueries, type QueryCount } from '../query-count.js'
import { fillAccounts, fillTokens } from './fill.js'
import { type BehindNginx, startBehindNginx } from './nginx.js'
import { startOwnBench } from './own-bench.js'
import { LOADER, type Measured, measured, type PosternAndBare, startPosternAndBare } from './postern-and-bare.js'

export interface MeasuredServers extends Pick<PosternAndBare, 'desk' | 'load' | 'cpu' | 'bare' | 'postern' | 'token'> {
  readonly express: Measured
  /** Its stores are its own, so that no other process takes jobs from it, behind relays that count what they are asked. */
  readonly counted: Measured & QueryCount & Pick<PosternAndBare, 'token'>
  /** It can be asked how much memory it uses. */
  readonly roomy: Measured & { memory(): Promise<number> }
  readonly behindNginx: BehindNginx
}

const MEMORY_ON_DEMAND = ['--expose-gc', '--import', './test/bench/parts/memory-on-demand.mjs']

/** Starts everything that is measured. The servers share one CPU; stores, clients and this program have the others. */
export async function startMeasuredServers(atEnd: (undo: Undo) => void): Promise<MeasuredServers> {
  const site = await startPosternAndBare(atEnd)
  const { start, settings, addresses, cpu, others, bare, postern, socket } = site
  const express = await start('express', { nodeOptions: LOADER, program: 'test/bench/parts/express-server.ts' })
  // It is to show what tokens take, not how they age.
  const aged = { ...settings(addresses), POSTERN_MEMORY_MAX_AGE: '1h' }
  const roomy = await start('roomy', { env: aged, nodeOptions: MEMORY_ON_DEMAND })

  const counted = await startCounted(start, settings, atEnd)

  return {
    ...site,
    express: measured(express),
    counted,
    roomy: { ...site.postern, ...measured(roomy), memory: () => memoryOf(roomy) },
    behindNginx: await startBehindNginx(
      { bare: { port: bare.port, pids: bare.pids }, postern, socket },
      { cpu, others },
      atEnd,
    ),
  }
}

/** Starts a server that alone has its stores, with a token. */
async function startCounted(
  start: PosternAndBare['start'],
  settings: PosternAndBare['settings'],
  atEnd: (undo: Undo) => void,
): Promise<MeasuredServers['counted']> {
  const { addresses, secret } = await startOwnBench('counted', atEnd)
  const queries = countQueries()
  const toPostgres = await startRelay(addresses.databaseUrl, { onSent: queries.ofPostgres })
  const toRedis = await startRelay(addresses.redisUrl, { onSent: queries.ofRedis })
  atEnd(() => Promise.all([toPostgres.stop(), toRedis.stop()]))
  const relayed = settings({ databaseUrl: toPostgres.url, redisUrl: toRedis.url })
  const server = await start('counted', { env: { ...relayed, POSTERN_SECRET: secret } })
  const desk = await startPostern({ ...addresses, secret })
  await fillAccounts(desk.context)
  const [token = ''] = await fillTokens(desk.context, 1)
  await desk.stop()
  return { ...measured(server), token, count: queries.count, kinds: queries.kinds }
}

/** The memory in use after a garbage collection, in bytes. */
async function memoryOf(server: Serving): Promise<number> {
  const said = () => [...server.output().matchAll(/memory in use: (\d+)/g)].map(([, bytes]) => Number(bytes))
  const before = said().length
  const [worker = server.pid()] = childrenOf(server.pid())
  process.kill(worker, 'SIGWINCH')
  return eventually(() => said()[before] ?? false)
}
