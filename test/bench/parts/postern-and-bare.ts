import { chmodSync } from 'node:fs'
import path from 'node:path'
import { RawConnection } from '../../support/clients/raw-connection.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { type ServeOptions, type Serving, serve } from '../../support/serve.js'
import { check } from '../requests.js'
import { fillAccounts, fillTokens } from './fill.js'
import { type LoadGenerator, startLoad } from './load.js'
import { type Addresses, leaveOneCpu, type StorePids, startOwnBench } from './own-bench.js'

/** A server that is measured: where to ask it, and whose CPU time counts. */
export interface Measured {
  readonly port: number
  readonly pids: readonly number[]
  /** The processes of its stores, where their CPU time is measured, too. */
  readonly stores?: StorePids
}

/** A server that nginx can ask at a Unix socket, too. */
export interface MeasuredAtSocket extends Measured {
  readonly checksSocket: string
}

export interface PosternAndBare {
  /** Beside the servers, for filling the stores. */
  readonly desk: RunningPostern
  readonly load: LoadGenerator
  /** The CPU that all servers share; undefined where there is only one for everything. */
  readonly cpu: number | undefined
  /** Those of the stores, the clients and this program. */
  readonly others: readonly number[]
  /** Every user may pass through it, and use the sockets in it. */
  readonly folder: string
  readonly addresses: Addresses
  readonly bare: MeasuredAtSocket
  readonly postern: Measured
  readonly socket: MeasuredAtSocket
  /** A token that every one of them lets pass. */
  readonly token: string
  /** Settings of another Postern, with its stores at these addresses. */
  settings(at: Addresses): Readonly<Record<string, string>>
  /** Starts another server on the servers' CPU. */
  start(name: string, more?: Partial<ServeOptions>): Promise<Serving>
}

/** The quota of the service `limited`, which no measurement reaches. */
const QUOTA = JSON.stringify({ default: { api: { limited: 1_000_000_000 } } })
export const LOADER = ['--import', './test/support/run/typescript.mjs']

/** Starts Postern and the bare server on one CPU. Stores, clients and this program have the others. */
export async function startPosternAndBare(atEnd: (undo: Undo) => void): Promise<PosternAndBare> {
  const { cpu, others } = leaveOneCpu()
  const { folder, addresses, pids, secret } = await startOwnBench('bench', atEnd)
  // nginx runs as another user: both may go through this folder, and all may open the sockets in it.
  chmodSync(folder, 0o755)
  const settings = (at: Addresses) => ({
    // All calls of a line are sent with a few tokens.
    POSTERN_LIMITS: JSON.stringify({ apiCalls: 100_000_000 }),
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
  const checksSocket = path.join(folder, 'checks.sock')
  const listening = { POSTERN_INTERNAL_LISTEN: `unix:${checksSocket}` }
  const socket = await start('socket', { env: { ...settings(addresses), ...listening } })
  const desk = await startPostern({ ...addresses, secret })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const [token = ''] = await fillTokens(desk.context, 1)

  const headers = await answerHeaders(postern.port, check('scope=read:tap').replace('{token}', token))
  const bareSocket = path.join(folder, 'bare.sock')
  const bareEnv = { BENCH_HEADERS: JSON.stringify(headers), BENCH_SOCKET: bareSocket }
  const bare = await start('bare', { env: bareEnv, nodeOptions: LOADER, program: 'test/bench/parts/bare-server.ts' })
  for (const each of [checksSocket, bareSocket]) chmodSync(each, 0o666)

  const load = startLoad(others)
  atEnd(() => load.stop())
  return {
    desk,
    load,
    cpu,
    others,
    folder,
    addresses,
    token,
    bare: { ...measured(bare), checksSocket: bareSocket },
    postern: { ...measured(postern), stores: pids },
    socket: { ...measured(socket), checksSocket },
    settings,
    start,
  }
}

export function measured(server: Serving): Measured {
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
