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
import { adoptServer, logTail, type ServerProcess, spawnServer, stopServer } from './server-process.js'

/** Loading a large file of sessions takes time. */
const READY_TIMEOUT_MS = 120_000
const CONNECT_TIMEOUT_MS = 2_000
const POLL_MS = 15
const ATTEMPTS = 5

/**
 * Starts Redis on a loopback port, or adopts one that a killed Postern left running. The caller must hold the data folder's
 * lock.
 *
 * @param directives more lines for its configuration
 * @throws {OperatorError}
 */
export async function startRedis(home: ServerHome, directives: readonly string[] = []): Promise<EmbeddedServer> {
  return (await findRedis(home)) ?? (await launch(home, directives))
}

/** Finds a Redis that runs on this data folder and answers. */
export async function findRedis(home: ServerHome): Promise<EmbeddedServer | undefined> {
  const access = readRedisConfiguration(configurationOf(home))
  const pid = pidIn(dirOf(home))
  if (!access || !pid || !isRunning(pid)) return undefined
  // Attack: the password is sent in the clear, so never to an unrelated process that got the old pid or took the old port.
  const isOurs = worksIn(pid, dirOf(home))
  if (isOurs === false) return undefined
  const server = adoptServer(pid)
  if (await becomesReady(access, server)) return answering(access, server)
  // It runs on this data and does not answer; a second one would write to the same file.
  if (isOurs) await stopServer(server, ['SIGTERM'])
  return undefined
}

async function launch(home: ServerHome, directives: readonly string[]): Promise<EmbeddedServer> {
  const file = redisBinary()
  const dir = dirOf(home)
  const configuration = configurationOf(home)
  const logFile = path.join(home.dir, 'redis.log')
  if (mkdirSync(dir, { recursive: true, mode: 0o700 }) && home.user) chownSync(dir, home.user.uid, home.user.gid)
  for (let attempt = 1; ; attempt++) {
    // Attack: a process that took the previous port would receive the old password, so each start has a new one.
    const port = await freePort(readRedisConfiguration(configuration)?.port)
    const access = { port, password: randomPassword() }
    writeRedisConfiguration(configuration, { dir, access, owner: home.user, directives })
    const server = spawnServer({ file, args: [configuration], logFile, user: home.user })
    if (await becomesReady(access, server)) return answering(access, server)
    await stopServer(server, ['SIGTERM'])
    const log = logTail(logFile)
    if (!/Address already in use/.test(log) || attempt === ATTEMPTS) {
      throw new OperatorError(
        `Redis (${file}) did not start (${server.ended()}): ${log || 'its log is empty'}`,
        `Correct the cause that it names (its log is ${logFile}), or set REDIS_URL to a Redis of your own.`,
      )
    }
  }
}

/** Waits until the server answers. @returns false when it exits, another process answers on its port, or time is up */
async function becomesReady(access: RedisAccess, server: ServerProcess): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (server.ended() === undefined && Date.now() < deadline) {
    const pid = await queryPid(access)
    if (pid !== undefined) return pid === server.pid
    await sleep(POLL_MS)
  }
  return false
}

/** Asks the Redis that answers for its pid. @returns undefined when none answers, or it still loads its data */
async function queryPid({ port, password }: RedisAccess): Promise<number | undefined> {
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
    // On SIGTERM it writes its data to disk and exits.
    stop: () => stopServer(server, ['SIGTERM']),
  }
}

function dirOf({ dir }: ServerHome): string {
  return path.join(dir, 'redis')
}

/** Attack: in Redis's own folder its user could place a link, through which Postern, as root, would overwrite any file. */
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
