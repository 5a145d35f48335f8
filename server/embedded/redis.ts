import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { OperatorError } from '../core/operator-error.js'
import type { EmbeddedServer } from './embedded-server.js'
import { freePort } from './free-port.js'
import { isRunning, worksIn } from './process-identity.js'
import { redisBinary } from './redis-binary.js'
import { type RedisAccess, readRedisConfiguration, writeRedisConfiguration } from './redis-configuration.js'
import { randomPassword } from './secret-file.js'
import type { ServerHome } from './server-home.js'
import { adoptServer, lastWords, type ServerProcess, spawnServer, stopServer } from './server-process.js'

/** Reading back a large file of sessions may take its time. */
const READY_TIMEOUT_MS = 120_000
const CONNECT_TIMEOUT_MS = 2_000
const POLL_MS = 15
const ATTEMPTS = 5

/**
 * Redis on a loopback port. One left running by a Postern that was killed is adopted. To be called under the data folder's
 * lock.
 *
 * @param directives more lines for its configuration
 * @throws {OperatorError}
 */
export async function startRedis(home: ServerHome, directives: readonly string[] = []): Promise<EmbeddedServer> {
  return (await findRedis(home)) ?? (await launch(home, directives))
}

/** The Redis that another process started on this data folder; undefined when none runs and answers. */
export async function findRedis(home: ServerHome): Promise<EmbeddedServer | undefined> {
  const access = readRedisConfiguration(configurationOf(home))
  const pid = pidIn(dirOf(home))
  if (!access || !pid || !isRunning(pid)) return undefined
  // The password goes over the wire as it is: never to a stranger who was given the old pid, or who took the old port.
  const certain = worksIn(pid, dirOf(home))
  if (certain === false) return undefined
  const server = adoptServer(pid)
  if (await becomesReady(access, server)) return answering(access, server)
  // In our folder and mute: two of them would write to the same file.
  if (certain) await stopServer(server, ['SIGTERM'])
  return undefined
}

async function launch(home: ServerHome, directives: readonly string[]): Promise<EmbeddedServer> {
  const file = redisBinary()
  const dir = dirOf(home)
  const configuration = configurationOf(home)
  const logFile = path.join(home.dir, 'redis.log')
  if (mkdirSync(dir, { recursive: true, mode: 0o700 }) && home.user) chownSync(dir, home.user.uid, home.user.gid)
  for (let attempt = 1; ; attempt++) {
    // A new password each time: whoever took the remembered port meanwhile and was told the old one has nothing.
    const port = await freePort(readRedisConfiguration(configuration)?.port)
    const access = { port, password: randomPassword() }
    writeRedisConfiguration(configuration, { dir, access, owner: home.user, directives })
    const server = spawnServer({ file, args: [configuration], logFile, user: home.user })
    if (await becomesReady(access, server)) return answering(access, server)
    await stopServer(server, ['SIGTERM'])
    const words = lastWords(logFile)
    if (!/Address already in use/.test(words) || attempt === ATTEMPTS) {
      throw new OperatorError(
        `Redis (${file}) did not start (${server.ended()}): ${words || 'it said nothing'}`,
        `Put right what it names (its log is ${logFile}), or set REDIS_URL to a Redis of your own.`,
      )
    }
  }
}

/** @returns false when the process ended instead, or something else answers on its port, or nothing does */
async function becomesReady(access: RedisAccess, server: ServerProcess): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (server.ended() === undefined && Date.now() < deadline) {
    const pid = await askPid(access)
    if (pid !== undefined) return pid === server.pid
    await sleep(POLL_MS)
  }
  return false
}

/** The pid of the Redis that answers; undefined when none does yet, or it is still loading. */
async function askPid({ port, password }: RedisAccess): Promise<number | undefined> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    password,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.ping()
    return Number(/^process_id:(\d+)/m.exec(await client.info('server'))?.[1])
  } catch {
    return undefined
  } finally {
    client.disconnect()
  }
}

function answering({ port, password }: RedisAccess, server: ServerProcess): EmbeddedServer {
  return {
    name: 'Redis',
    url: `redis://default:${password}@127.0.0.1:${port}/0`,
    process: server,
    // On SIGTERM it writes out what it has and ends.
    stop: () => stopServer(server, ['SIGTERM']),
  }
}

function dirOf({ dir }: ServerHome): string {
  return path.join(dir, 'redis')
}

/** Not in Redis's own folder: as root we would write, by name, in a folder where another user may lay links. */
function configurationOf({ dir }: ServerHome): string {
  return path.join(dir, 'redis.conf')
}

function pidIn(dir: string): number | undefined {
  try {
    return Number(readFileSync(path.join(dir, 'redis.pid'), 'utf8'))
  } catch {
    return undefined
  }
}
