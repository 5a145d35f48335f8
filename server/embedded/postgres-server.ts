import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { OperatorError } from '../core/operator-error.js'
import { writeAtomically } from './atomic-file.js'
import type { EmbeddedServer } from './embedded-server.js'
import { freePort } from './free-port.js'
import { type Cluster, ROLE } from './postgres-cluster.js'
import { findPostmaster, removeStalePidFile } from './postmaster.js'
import { passwordIn } from './secret-file.js'
import { adoptServer, logTail, type ServerProcess, spawnServer, stopServer } from './server-process.js'
import type { ServerUser } from './server-user.js'

/** Recovery after a crash takes time; a server that cannot become ready exits long before. */
const READY_TIMEOUT_MS = 120_000
const POLL_MS = 20
const ATTEMPTS = 20

/** Transient failures, to be retried: the port was taken, or processes of a killed server still exit. */
const PORT_TAKEN = /could not create any TCP\/IP sockets/
const STILL_EXITING = /pre-existing shared memory block/

/** Postern logs failed statements itself; PostgreSQL would log their values, which are users' data. */
const quietLog = ['-c', 'log_min_messages=log', '-c', 'log_checkpoints=off']
const loopbackOnly = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']

/** How a PostgreSQL is run. */
export interface PostgresLaunch {
  /** The path of `postgres`. */
  readonly file: string
  readonly logFile: string
  /** Holds the previous port, so that an address an operator wrote down stays valid; any port without. */
  readonly portFile?: string
  readonly user?: ServerUser | undefined
  /** More options of PostgreSQL's command line, as `-c fsync=off`. */
  readonly flags?: readonly string[]
}

/** Starts PostgreSQL on a data folder and a loopback port, with the database `postern`. @throws {OperatorError} */
export async function launchPostgres(
  cluster: Cluster,
  { file, logFile, portFile, user, flags = [] }: PostgresLaunch,
): Promise<EmbeddedServer> {
  await removeStalePidFile(cluster.dir)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(portFile === undefined ? undefined : previousPort(portFile))
    const args = ['-D', cluster.dir, '-p', String(port), ...loopbackOnly, ...quietLog, ...flags]
    const server = spawnServer({ file, args, logFile, user })
    if (await becomesReady(cluster, server)) {
      if (portFile !== undefined) writeAtomically(portFile, `${port}\n`)
      return connected(cluster, server)
    }
    const log = logTail(logFile)
    const transient = PORT_TAKEN.test(log) || STILL_EXITING.test(log)
    if (!transient || attempt === ATTEMPTS) throw didNotStart(server, logFile, log)
    await sleep(POLL_MS * attempt)
  }
}

/** Finds the PostgreSQL that runs on a data folder. */
export async function adoptPostgres(cluster: Cluster): Promise<EmbeddedServer | undefined> {
  const postmaster = findPostmaster(cluster.dir)
  if (!postmaster) return undefined
  const server = adoptServer(postmaster.pid)
  return (await becomesReady(cluster, server)) ? connected(cluster, server) : undefined
}

/** Waits until the server accepts connections. @returns false when it exits instead */
async function becomesReady(cluster: Cluster, server: ServerProcess): Promise<boolean> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (server.ended() === undefined) {
    const postmaster = findPostmaster(cluster.dir)
    if (postmaster?.pid === server.pid && postmaster.ready) return true
    if (Date.now() > deadline) {
      throw new OperatorError(
        `PostgreSQL (process ${server.pid}) on ${cluster.dir} has not become ready in ${READY_TIMEOUT_MS / 1000} seconds.`,
        `Look at its log, or stop it (kill -INT ${server.pid}) and start again.`,
      )
    }
    await sleep(POLL_MS)
  }
  return false
}

/** Verifies that the server serves this data folder, and creates the database. SCRAM proves that it knows the password. */
async function connected(cluster: Cluster, server: ServerProcess): Promise<EmbeddedServer> {
  const port = findPostmaster(cluster.dir)?.port
  const password = passwordIn(cluster.passwordFile)
  const url = (database: string) => `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${database}`
  // A fast shutdown, then an immediate one, after which the next start recovers.
  const stop = () => stopServer(server, ['SIGINT', 'SIGQUIT'])
  const client = new pg.Client({ connectionString: url('postgres') })
  // A connection lost between two statements fails the next one; without a listener it would end the process instead.
  client.on('error', () => {})
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
      `PostgreSQL on port ${port} does not accept Postern as the owner of ${cluster.dir}: ${(cause as Error).message}.`,
      `Its password belongs in ${cluster.passwordFile}: put that file back from a backup of the same folder.`,
      { cause },
    )
  } finally {
    await client.end().catch(() => {})
  }
  return { name: 'PostgreSQL', url: url(ROLE), process: server, stop }
}

function previousPort(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined
}

function didNotStart(server: ServerProcess, logFile: string, log: string): OperatorError {
  return new OperatorError(
    `PostgreSQL did not start (${server.ended()}): ${log || 'its log is empty'}`,
    `Correct the cause that it names (its log is ${logFile}), or set DATABASE_URL to a database of your own.`,
  )
}
