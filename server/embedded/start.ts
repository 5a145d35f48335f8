import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '../core/operator-error.js'
import type { EmbeddedServer } from './embedded-server.js'
import { type Lock, type LockRole, takeLock } from './lock.js'
import { findPostgres, startPostgres } from './postgres.js'
import { findRedis, startRedis } from './redis.js'
import { type ServerHome, serverHome } from './server-home.js'
import type { MovesData } from './upgrade/move-cluster.js'

export interface EmbeddedOptions {
  /** POSTERN_DATA; created when missing. */
  dataDir: string
  postgres: boolean
  redis: boolean
  role: LockRole
  /** Called once when a server exits by itself. `how` is as in "signal SIGKILL". */
  onExit?: (server: EmbeddedServer['name'], how: string) => void
  /** How data of an older PostgreSQL are moved; without it they are refused. */
  moves?: MovesData
}

export interface EmbeddedStores {
  databaseUrl?: string
  redisUrl?: string
  /** Stops the servers that were started here and releases the lock. Idempotent. */
  stop(): Promise<void>
}

type Start = (home: ServerHome) => Promise<EmbeddedServer>
type Find = (home: ServerHome) => Promise<EmbeddedServer | undefined>

const WAIT_FOR_SERVER_MS = 30_000
const POLL_MS = 100

/**
 * Starts PostgreSQL and Redis under the data folder and holds its lock until they are stopped. A command beside a running
 * Postern server uses the server's, and leaves them running.
 *
 * @throws {OperatorError} when one does not start; the other is stopped then
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedStores> {
  if (!options.postgres && !options.redis) return { stop: async () => {} }
  const home = serverHome(path.resolve(options.dataDir))
  const lock = await takeLock(home.dataDir, options.role)
  return lock ? own(options, home, lock) : borrow(options, home)
}

async function own(options: EmbeddedOptions, home: ServerHome, lock: Lock): Promise<EmbeddedStores> {
  const postgres: Start = (each) => startPostgres(each, [], options.moves)
  const starts: Start[] = [...(options.postgres ? [postgres] : []), ...(options.redis ? [startRedis] : [])]
  const results = await Promise.allSettled(starts.map((start) => start(home)))
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stopAll = async () => {
    await Promise.all(servers.map((server) => server.stop()))
    lock.release()
  }
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) {
    await stopAll()
    throw failed.reason
  }

  let stopping: Promise<void> | undefined
  for (const { name, process } of servers) {
    process.onEnd((how) => {
      if (!stopping) options.onExit?.(name, how)
    })
  }
  return {
    ...urlsOf(servers),
    stop() {
      stopping ??= stopAll()
      return stopping
    },
  }
}

async function borrow(options: EmbeddedOptions, home: ServerHome): Promise<EmbeddedStores> {
  const finds: Find[] = [...(options.postgres ? [findPostgres] : []), ...(options.redis ? [findRedis] : [])]
  const servers = await Promise.all(finds.map((find) => awaitServer(find, home)))
  return { ...urlsOf(servers), stop: async () => {} }
}

/** Waits for the server that holds the lock, which may still be starting. */
async function awaitServer(find: Find, home: ServerHome): Promise<EmbeddedServer> {
  const deadline = Date.now() + WAIT_FOR_SERVER_MS
  for (;;) {
    const server = await find(home)
    if (server) return server
    if (Date.now() > deadline) {
      throw new OperatorError(
        `Postern runs on ${home.dataDir}, but its PostgreSQL and Redis do not answer.`,
        'Look at its log; stop it and start it again.',
      )
    }
    await sleep(POLL_MS)
  }
}

function urlsOf(servers: readonly EmbeddedServer[]): Pick<EmbeddedStores, 'databaseUrl' | 'redisUrl'> {
  const url = (name: EmbeddedServer['name']) => servers.find((server) => server.name === name)?.url
  const databaseUrl = url('PostgreSQL')
  const redisUrl = url('Redis')
  return { ...(databaseUrl && { databaseUrl }), ...(redisUrl && { redisUrl }) }
}
