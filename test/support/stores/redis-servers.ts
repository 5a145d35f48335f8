import { rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { redisBinary } from '../../../server/embedded/redis-binary.js'
import { eventually } from '../eventually.js'
import { freePort } from '../run/ports.js'
import { type Server, startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, type User, unprivilegedUser } from '../run/unprivileged.js'
import { selfSigned } from './certificate.js'

/** Redis as sites run it, on ports of 127.0.0.1. */
export interface RedisSite {
  /** For `REDIS_URL`. */
  readonly url: string
  stop(): Promise<void>
}

export interface RedisCluster extends RedisSite {
  /** Ends one of the nodes; it comes back with the same slots, and empty. */
  endOne(): Promise<void>
  startOne(): Promise<void>
}

export interface RedisSentinels extends RedisSite {
  /** Kills the master, and waits until the sentinel names another. */
  failOver(): Promise<void>
}

interface Running {
  readonly port: number
  end(): Promise<void>
  /** Starts it again as it was. */
  start(): Promise<void>
}

class Site {
  readonly folder: string
  readonly #user: User
  readonly #servers: Server[] = []

  private constructor(folder: string, user: User) {
    this.folder = folder
    this.#user = user
  }

  static async open(): Promise<Site> {
    const user = await unprivilegedUser()
    return new Site(temporaryFolder('redis', user), user)
  }

  /** Starts a server with these directives; ready when it accepts connections. */
  async start(directives: readonly string[], ...args: string[]): Promise<Running> {
    const port = await freePort()
    const name = join(this.folder, String(port))
    const usual = ['bind 127.0.0.1', 'save ""', 'appendonly no', `dir ${this.folder}`, `dbfilename ${port}.rdb`]
    const all = directives.some((each) => each.startsWith('tls-port')) ? usual : [`port ${port}`, ...usual]
    writeFileSync(
      `${name}.conf`,
      `${[...all, ...directives.map((each) => each.replace('PORT', String(port)))].join('\n')}\n`,
    )
    handOver(this.folder, this.#user)
    const command = [redisBinary(), `${name}.conf`, ...args]
    let server: Server
    const start = async () => {
      rmSync(`${name}.log`, { force: true })
      server = startServer(command, { user: this.#user, log: `${name}.log`, stopSignal: 'SIGTERM' })
      this.#servers.push(server)
      await untilReady(server, async () => /Ready to accept connections|Running mode=sentinel/.test(server.output()))
    }
    await start()
    return { port, start, end: () => server.stop() }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Asks a server, or waits until it answers what is wanted. */
async function ask<T>(port: number, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1')
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

/** A cluster elects and a sentinel fails over in some seconds. */
const PATIENCE = { withinMs: 30_000, everyMs: 50 }

const SLOTS = 16384

/** Three masters, each with a third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const site = await Site.open()
  const start = async (_each: unknown, index: number) => {
    const bus = await freePort()
    const node = await site.start([
      'cluster-enabled yes',
      `cluster-config-file nodes-${index}.conf`,
      `cluster-port ${bus}`,
    ])
    return { ...node, bus }
  }
  const nodes = await Promise.all([0, 1, 2].map(start))
  for (const [index, { port }] of nodes.entries()) {
    const [from, to] = [Math.floor((SLOTS * index) / 3), Math.floor((SLOTS * (index + 1)) / 3) - 1]
    await ask(port, async (redis) => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    })
  }
  const [first, ...others] = nodes
  await ask(first?.port ?? 0, async (redis) => {
    for (const { port, bus } of others) await redis.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus))
  })
  for (const { port } of nodes) {
    await eventually(
      async () => /cluster_state:ok.*cluster_known_nodes:3/s.test(await ask(port, (redis) => redis.cluster('INFO'))),
      PATIENCE,
    )
  }
  const hosts = nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${port}`)
  const last = nodes.at(-1)
  return {
    url: `redis+cluster://${hosts.join(',')}`,
    endOne: async () => last?.end(),
    startOne: async () => last?.start(),
    stop: () => site.stop(),
  }
}

/** One server with more directives; its URL is that of the user `default` unless one is given. */
export async function startRedisServer(directives: readonly string[], user = ''): Promise<RedisSite> {
  const site = await Site.open()
  const { port } = await site.start(directives)
  return { url: `redis://${user}127.0.0.1:${port}/2`, stop: () => site.stop() }
}

/** A master with one replica, and a sentinel that watches them. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const site = await Site.open()
  const master = await site.start([])
  const replica = await site.start([`replicaof 127.0.0.1 ${master.port}`])
  await eventually(
    async () => (await ask(replica.port, (redis) => redis.info('replication'))).includes('master_link_status:up'),
    PATIENCE,
  )
  const sentinel = await site.start(
    [
      `sentinel monitor the-master 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds the-master 300',
      'sentinel failover-timeout the-master 3000',
    ],
    '--sentinel',
  )
  const knows = (what: string) => async () =>
    (await ask(sentinel.port, (redis) => redis.info('sentinel'))).includes(what)
  await eventually(knows('slaves=1'), PATIENCE)
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/the-master/2`,
    async failOver() {
      await master.end()
      await eventually(knows(`address=127.0.0.1:${replica.port}`), PATIENCE)
    },
    stop: () => site.stop(),
  }
}

/** One server that speaks TLS only, with a certificate that only {@link caFile} vouches for. */
export async function startRedisTls(): Promise<RedisSite & { readonly caFile: string }> {
  const site = await Site.open()
  const { key, certificate: caFile } = await selfSigned(site.folder)
  const { port } = await site.start([
    'port 0',
    'tls-port PORT',
    `tls-cert-file ${caFile}`,
    `tls-key-file ${key}`,
    'tls-auth-clients no',
    'requirepass open-sesame',
  ])
  return { url: `rediss://:open-sesame@127.0.0.1:${port}/3`, caFile, stop: () => site.stop() }
}
