import { cpSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import { startPostgres } from '../../../server/embedded/postgres.js'
import { redisBinary } from '../../../server/embedded/redis-binary.js'
import { writeRedisConfiguration } from '../../../server/embedded/redis-configuration.js'
import { randomPassword } from '../../../server/embedded/secret-file.js'
import type { ServerHome } from '../../../server/embedded/server-home.js'
import { type ServerProcess, spawnServer, stopServer } from '../../../server/embedded/server-process.js'
import { childrenOf } from '../cpu.js'
import { freePort } from '../run/ports.js'
import { storesFolder } from '../run/run-stores.mjs'

/** What has been committed survives a kill; whether it would survive the machine's end does not matter here. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'max_connections=300'].flatMap((setting) => ['-c', setting])

/** A store of a program's own, at an address that stays the same. What a crash of the machine would lose, a kill does not. */
export interface OwnStore {
  readonly url: string
  /** Returns its process; those of its connections are below it. */
  pid(): number
  /** Gracefully; {@link start} brings it back. */
  stop(): Promise<void>
  kill(): void
  /** After {@link kill}; waits until it answers. */
  start(): Promise<void>
  /** It keeps its connections and answers nobody, like a machine that is out of memory. */
  pause(): void
  resume(): void
}

export interface OwnRedis extends OwnStore {
  /** Takes a copy of what it holds now. */
  copy(): void
  /** After {@link kill}: comes back with nothing, or with what the last copy had. */
  startWith(what: 'nothing' | 'copy'): Promise<void>
}

export interface OwnStores {
  readonly postgres: OwnStore
  readonly redis: OwnRedis
  stop(): Promise<void>
}

/** PostgreSQL and Redis for one program, which it may treat badly. They end with {@link OwnStores.stop}. */
export async function startOwnStores(): Promise<OwnStores> {
  const { home, remove } = await storesFolder()
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const each of stops) await each()
    remove()
  }
  try {
    const postgres = await ownPostgres(home, (each) => stops.push(each))
    const redis = await ownRedis(home, (each) => stops.push(each))
    return { postgres, redis, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type AtEnd = (stop: () => Promise<void>) => void

async function ownPostgres(home: ServerHome, atEnd: AtEnd): Promise<OwnStore> {
  let server = await startPostgres(home, FLAGS)
  const { url } = server
  const all = () => [server.process.pid, ...childrenOf(server.process.pid)]
  const resume = () => signal(all().reverse(), 'SIGCONT')
  atEnd(async () => {
    resume()
    await server.stop()
  })
  return {
    url,
    pid: () => server.process.pid,
    stop: () => server.stop(),
    kill: () => signal(all(), 'SIGKILL'),
    start: async () => {
      await stopServer(server.process, [])
      server = await startPostgres(home, FLAGS)
      if (server.url !== url) throw new Error(`PostgreSQL came back at ${new URL(server.url).host}`)
    },
    pause: () => signal(all(), 'SIGSTOP'),
    resume,
  }
}

async function ownRedis({ dir }: ServerHome, atEnd: AtEnd): Promise<OwnRedis> {
  const folder = path.join(dir, 'redis')
  const [data, copied] = [path.join(folder, 'appendonlydir'), path.join(dir, 'redis-copy')]
  const configuration = path.join(dir, 'redis.conf')
  const access = { port: await freePort(), password: randomPassword() }
  const url = `redis://default:${access.password}@127.0.0.1:${access.port}/0`
  mkdirSync(folder, { mode: 0o700 })
  // A copy that was taken between two bytes of a command is still a copy.
  const directives = ['aof-load-truncated yes', 'databases 1']
  writeRedisConfiguration(configuration, { dir: folder, access, owner: undefined, directives })
  let server: ServerProcess
  const launch = async () => {
    server = spawnServer({ file: redisBinary(), args: [configuration], logFile: path.join(dir, 'redis.log') })
    await untilAnswers(url)
  }
  await launch()
  atEnd(async () => {
    signal([server.pid], 'SIGCONT')
    await stopServer(server, ['SIGTERM'])
  })
  return {
    url,
    pid: () => server.pid,
    stop: () => stopServer(server, ['SIGTERM']),
    kill: () => signal([server.pid], 'SIGKILL'),
    start: async () => {
      await stopServer(server, [])
      await launch()
    },
    pause: () => signal([server.pid], 'SIGSTOP'),
    resume: () => signal([server.pid], 'SIGCONT'),
    copy: () => {
      rmSync(copied, { recursive: true, force: true })
      cpSync(data, copied, { recursive: true })
    },
    startWith: async (what) => {
      await stopServer(server, [])
      rmSync(data, { recursive: true, force: true })
      if (what === 'copy') cpSync(copied, data, { recursive: true })
      await launch()
    },
  }
}

async function untilAnswers(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  try {
    await redis.ping()
  } finally {
    redis.disconnect()
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It has ended in the meantime.
    }
  }
}
