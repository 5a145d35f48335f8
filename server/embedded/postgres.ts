import { existsSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { OperatorError } from '../core/operator-error.js'
import { writeAtomically } from './atomic-file.js'
import type { EmbeddedServer } from './embedded-server.js'
import { freePort } from './free-port.js'
import { type Cluster, clusterOf, prepareCluster, ROLE } from './postgres-cluster.js'
import { findPostmaster, removeStalePidFile } from './postmaster.js'
import { passwordIn } from './secret-file.js'
import type { ServerHome } from './server-home.js'
import { adoptServer, lastWords, type ServerProcess, spawnServer, stopServer } from './server-process.js'

/** Recovery after a crash may take its time; a server that will never be ready ends by itself long before. */
const READY_TIMEOUT_MS = 120_000
const POLL_MS = 20
const ATTEMPTS = 20

/** What passes by itself: somebody took the port first, or a killed server's last processes are still leaving. */
const PORT_TAKEN = /could not create any TCP\/IP sockets/
const STILL_LEAVING = /pre-existing shared memory block/

/** Errors in statements are the caller's to log, and their details would put what people stored into a file. */
const quietLog = ['-c', 'log_min_messages=log', '-c', 'log_checkpoints=off']
const loopbackOnly = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']

/**
 * PostgreSQL on a loopback port, with the database `postern` in it. One left running by a Postern that was killed is adopted.
 * To be called under the data folder's lock.
 *
 * @param flags more for PostgreSQL's command line, as `-c fsync=off`
 * @throws {OperatorError}
 */
export async function startPostgres(home: ServerHome, flags: readonly string[] = []): Promise<EmbeddedServer> {
  return (await findPostgres(home)) ?? (await launch(home, flags))
}

/** The PostgreSQL that another process started on this data folder; undefined when none runs. */
export async function findPostgres(home: ServerHome): Promise<EmbeddedServer | undefined> {
  const cluster = clusterOf(home)
  const postmaster = findPostmaster(cluster.dir)
  if (!postmaster) return undefined
  const server = adoptServer(postmaster.pid)
  return (await becomesReady(cluster, server)) ? connected(cluster, server) : undefined
}

async function launch(home: ServerHome, flags: readonly string[]): Promise<EmbeddedServer> {
  const cluster = clusterOf(home)
  const file = await prepareCluster(home)
  const logFile = path.join(home.dir, 'postgres.log')
  const portFile = path.join(home.dataDir, 'postgres.port')
  await removeStalePidFile(cluster.dir)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(rememberedPort(portFile))
    const args = ['-D', cluster.dir, '-p', String(port), ...loopbackOnly, ...quietLog, ...flags]
    const server = spawnServer({ file, args, logFile, user: home.user })
    if (await becomesReady(cluster, server)) {
      writeAtomically(portFile, `${port}\n`)
      return connected(cluster, server)
    }
    const words = lastWords(logFile)
    const passing = PORT_TAKEN.test(words) || STILL_LEAVING.test(words)
    if (!passing || attempt === ATTEMPTS) throw didNotStart(server, logFile, words)
    await sleep(POLL_MS * attempt)
  }
}

/** @returns false when the process ended instead */
async function becomesReady(cluster: Cluster, server: ServerProcess): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (server.ended() === undefined) {
    const postmaster = findPostmaster(cluster.dir)
    if (postmaster?.pid === server.pid && postmaster.ready) return true
    if (Date.now() > deadline) {
      throw new OperatorError(
        `PostgreSQL (process ${server.pid}) on ${cluster.dir} has not become ready in ${READY_TIMEOUT_MS / 1000} seconds.`,
        `Look at what it does, or end it (kill -INT ${server.pid}) and start again.`,
      )
    }
    await sleep(POLL_MS)
  }
  return false
}

/** Makes sure that it is ours and has our database. SCRAM shows us, too, that the other side knows the password. */
async function connected(cluster: Cluster, server: ServerProcess): Promise<EmbeddedServer> {
  const port = findPostmaster(cluster.dir)?.port
  const password = passwordIn(cluster.passwordFile)
  const url = (database: string) => `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${database}`
  // A fast shutdown, then one that leaves the rest to recovery at the next start.
  const stop = () => stopServer(server, ['SIGINT', 'SIGQUIT'])
  const client = new pg.Client({ connectionString: url('postgres') })
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    const directory = rows[0]?.data_directory ?? ''
    if (realpathSync(directory) !== realpathSync(cluster.dir)) throw new Error(`it serves ${directory}`)
    const existing = await client.query('SELECT FROM pg_database WHERE datname = $1', [ROLE])
    if (existing.rowCount === 0) await client.query(`CREATE DATABASE ${ROLE}`)
  } catch (cause) {
    if (!server.adopted) await stop()
    throw new OperatorError(
      `PostgreSQL on port ${port} does not let us in as the owner of ${cluster.dir}: ${(cause as Error).message}.`,
      `Its password belongs in ${cluster.passwordFile}: put that file back from a backup of the same folder.`,
      { cause },
    )
  } finally {
    await client.end().catch(() => {})
  }
  return { name: 'PostgreSQL', url: url(ROLE), process: server, stop }
}

function rememberedPort(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function didNotStart(server: ServerProcess, logFile: string, words: string): OperatorError {
  return new OperatorError(
    `PostgreSQL did not start (${server.ended()}): ${words || 'it said nothing'}`,
    `Put right what it names (its log is ${logFile}), or set DATABASE_URL to a database of your own.`,
  )
}
