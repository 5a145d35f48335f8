import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { RawConnection } from '../../support/clients/raw-connection.js'
import { ownCpus, pin } from '../../support/cpu.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { type ServeOptions, type Serving, serve } from '../../support/serve.js'
import { childrenOf, startOwnStores } from '../../support/stores/own-stores.js'
import { startRelay } from '../../support/stores/relay.js'
import { countQueries, type QueryCount } from '../query-count.js'
import { check } from '../requests.js'
import { fillAccounts, fillTokens } from './fill.js'
import { type LoadGenerator, startLoad } from './load.js'
import { type BehindNginx, startBehindNginx } from './nginx.js'

/** A server that is measured: where to ask it, and whose CPU time counts. */
export interface Measured {
  readonly port: number
  readonly pids: readonly number[]
}

export interface MeasuredServers {
  /** Beside the servers, for filling the stores. */
  readonly desk: RunningPostern
  readonly load: LoadGenerator
  /** The CPU that all servers share; undefined where there is only one for everything. */
  readonly cpu: number | undefined
  readonly bare: Measured
  readonly postern: Measured
  readonly express: Measured
  /** Its stores are behind relays that count what they are asked. */
  readonly counted: Measured & QueryCount
  /** It can be asked how much memory it uses. */
  readonly roomy: Measured & { memory(): Promise<number> }
  readonly behindNginx: BehindNginx
  /** A token that every one of them lets pass. */
  readonly token: string
}

/** The quota of the service `limited`, which no measurement reaches. */
const QUOTA = JSON.stringify({ default: { api: { limited: 1_000_000_000 } } })
const LOADER = ['--import', './test/support/run/typescript.mjs']
const MEMORY_ON_DEMAND = ['--expose-gc', '--import', './test/bench/parts/memory-on-demand.mjs']

/** Starts everything that is measured. The servers share one CPU; stores, clients and this program have the others. */
export async function startMeasuredServers(atEnd: (undo: Undo) => void): Promise<MeasuredServers> {
  const cpus = ownCpus()
  const cpu = cpus.length > 1 ? cpus[0] : undefined
  const others = cpu === undefined ? cpus : cpus.slice(1)
  pin(process.pid, others)
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-bench-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const stores = await startOwnStores()
  atEnd(() => stores.stop())

  const addresses = { databaseUrl: stores.postgres.url, redisUrl: stores.redis.url }
  const secret = randomBytes(32).toString('base64url')
  const settings = (at: typeof addresses) => ({
    DATABASE_URL: at.databaseUrl,
    REDIS_URL: at.redisUrl,
    POSTERN_SECRET: secret,
    POSTERN_QUOTA: QUOTA,
  })
  const start = async (name: string, more: Partial<ServeOptions> = {}) => {
    const server = await serve({ folder, name, cpu, env: settings(addresses), ...more })
    atEnd(() => server.kill())
    return server
  }
  const postern = await start('postern')
  // nginx runs as another user: both may go through this folder, and all may open the socket in it.
  const checksSocket = path.join(folder, 'checks.sock')
  chmodSync(folder, 0o755)
  const listening = { POSTERN_INTERNAL_LISTEN: `unix:${checksSocket}` }
  const socket = await start('socket', { env: { ...settings(addresses), ...listening } })
  chmodSync(checksSocket, 0o666)
  const desk = await startPostern({ ...addresses, secret })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const [token = ''] = await fillTokens(desk.context, 1)

  const headers = await answerHeaders(postern.port, check('scope=read:tap').replace('{token}', token))
  const bareEnv = { BENCH_HEADERS: JSON.stringify(headers) }
  const bare = await start('bare', { env: bareEnv, nodeOptions: LOADER, program: 'test/bench/parts/bare-server.ts' })
  const express = await start('express', { nodeOptions: LOADER, program: 'test/bench/parts/express-server.ts' })
  // It is to show what tokens take, not how they age.
  const aged = { ...settings(addresses), POSTERN_MEMORY_MAX_AGE: '1h' }
  const roomy = await start('roomy', { env: aged, nodeOptions: MEMORY_ON_DEMAND })

  const queries = countQueries()
  const toPostgres = await startRelay(addresses.databaseUrl, { onSent: queries.ofPostgres })
  const toRedis = await startRelay(addresses.redisUrl, { onSent: queries.ofRedis })
  atEnd(() => Promise.all([toPostgres.stop(), toRedis.stop()]))
  const counted = await start('counted', { env: settings({ databaseUrl: toPostgres.url, redisUrl: toRedis.url }) })

  const load = startLoad(others)
  atEnd(() => load.stop())
  return {
    desk,
    load,
    cpu,
    token,
    bare: measured(bare),
    postern: measured(postern),
    express: measured(express),
    counted: { ...measured(counted), count: queries.count },
    roomy: { ...measured(roomy), memory: () => memoryOf(roomy) },
    behindNginx: await startBehindNginx(
      { bare: measured(bare), postern: measured(postern), socket: { ...measured(socket), checksSocket } },
      { cpu, others },
      atEnd,
    ),
  }
}

function measured(server: Serving): Measured {
  return { port: server.port, pids: [server.pid()] }
}

/** The lines of an answer's head that its server did not add by itself, as `writeHead` takes them. */
async function answerHeaders(port: number, request: string): Promise<string[]> {
  const line = new RawConnection(port)
  const answer = await line.ask(request, 5_000)
  line.close()
  if (answer instanceof Error) throw answer
  if (answer.status !== 200) throw new Error(`The check was answered with ${answer.status}`)
  const [, ...lines] = answer.bytes.toString('latin1').trimEnd().split('\r\n')
  const ours = lines.filter((each) => !/^(?:date|connection|keep-alive):/i.test(each))
  return ours.flatMap((each) => [each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1).trim()])
}

/** The memory in use after a garbage collection, in bytes. */
async function memoryOf(server: Serving): Promise<number> {
  const said = () => [...server.output().matchAll(/memory in use: (\d+)/g)].map(([, bytes]) => Number(bytes))
  const before = said().length
  const [worker = server.pid()] = childrenOf(server.pid())
  process.kill(worker, 'SIGWINCH')
  return eventually(() => said()[before] ?? false)
}
