import { chownSync, rmSync, writeFileSync } from 'node:fs'
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

/** A cluster whose masters have a replica each. */
export interface ReplicatedCluster extends RedisSite {
  /** Kills a master, and waits until its replica has taken over. */
  failOver(): Promise<void>
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
    // Not the whole folder: other servers make and remove files in it.
    chownSync(`${name}.conf`, this.#user.uid, this.#user.gid)
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

  /** Gives its servers the files that a test has put into its folder. */
  handOver(): void {
    handOver(this.folder, this.#user)
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

/** A cluster elects and a sentinel fails over in some seconds, and in more on a busy machine. */
const PATIENCE = { withinMs: 120_000, everyMs: 50 }

const SLOTS = 16384

interface Node extends Running {
  readonly bus: number
}

/** Three masters, each with a third of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const site = await Site.open()
  const nodes = await startNodes(site, 3, [])
  await joinMasters(nodes, '127.0.0.1')
  await untilKnown(nodes, 3)
  const last = nodes.at(-1)
  return {
    url: clusterUrl(nodes, '127.0.0.1'),
    endOne: async () => last?.end(),
    startOne: async () => last?.start(),
    stop: () => site.stop(),
  }
}

/** Three masters with a replica each, at an address besides 127.0.0.1. */
export async function startReplicatedCluster(address: string): Promise<ReplicatedCluster> {
  const site = await Site.open()
  const directives = [
    `bind 127.0.0.1 ${address}`,
    'protected-mode no',
    `cluster-announce-ip ${address}`,
    'cluster-node-timeout 1500',
  ]
  const nodes = await startNodes(site, 6, directives)
  const [masters, replicas] = [nodes.slice(0, 3), nodes.slice(3)]
  await joinMasters(nodes, address)
  await untilKnown(masters, 6)
  for (const [index, { port }] of replicas.entries()) {
    const id = await ask(masters[index]?.port ?? 0, (redis) => redis.call('CLUSTER', 'MYID'))
    const follow = () => ask(port, (redis) => redis.call('CLUSTER', 'REPLICATE', String(id)))
    await eventually(async () => (await follow().catch(() => undefined)) === 'OK', PATIENCE)
    const replication = () => ask(port, (redis) => redis.info('replication'))
    await eventually(async () => (await replication()).includes('master_link_status:up'), PATIENCE)
  }
  const [killed, heir] = [masters.at(-1), replicas.at(-1)]
  return {
    url: clusterUrl(nodes, address),
    async failOver() {
      await killed?.end()
      const role = () => ask(heir?.port ?? 0, (redis) => redis.info('replication'))
      await eventually(async () => (await role()).includes('role:master'), PATIENCE)
      await eventually(async () => (await infoOf(heir)).includes('cluster_state:ok'), PATIENCE)
    },
    stop: () => site.stop(),
  }
}

function startNodes(site: Site, count: number, directives: readonly string[]): Promise<Node[]> {
  const start = async (_each: unknown, index: number) => {
    const bus = await freePort()
    const own = ['cluster-enabled yes', `cluster-config-file nodes-${index}.conf`, `cluster-port ${bus}`]
    return { ...(await site.start([...own, ...directives])), bus }
  }
  return Promise.all(Array.from({ length: count }, start))
}

/** Shares the slots out among the first three, and has all nodes meet. */
async function joinMasters(nodes: readonly Node[], address: string): Promise<void> {
  for (const [index, { port }] of nodes.slice(0, 3).entries()) {
    const [from, to] = [Math.floor((SLOTS * index) / 3), Math.floor((SLOTS * (index + 1)) / 3) - 1]
    await ask(port, async (redis) => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    })
  }
  const [first, ...others] = nodes
  await ask(first?.port ?? 0, async (redis) => {
    for (const { port, bus } of others) await redis.call('CLUSTER', 'MEET', address, String(port), String(bus))
  })
}

async function untilKnown(nodes: readonly Node[], count: number): Promise<void> {
  const wanted = new RegExp(`cluster_state:ok.*cluster_known_nodes:${count}`, 's')
  for (const node of nodes) await eventually(async () => wanted.test(await infoOf(node)), PATIENCE)
}

function infoOf(node: Running | undefined): Promise<string> {
  return ask(node?.port ?? 0, (redis) => redis.cluster('INFO'))
}

function clusterUrl(nodes: readonly Node[], address: string): string {
  const hosts = nodes.slice(0, 2).map(({ port }) => `${address}:${port}`)
  return `redis+cluster://${hosts.join(',')}`
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
  site.handOver()
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
