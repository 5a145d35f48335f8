import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { freePort } from '../run/ports.js'
import { startServer, untilReady } from '../run/processes.js'
import { handOver, temporaryFolder, unprivilegedUser } from '../run/unprivileged.js'

/** A pooler in front of a PostgreSQL. */
export interface Pooler {
  /** The database that it was started for, by way of the pooler. */
  readonly url: string
  stop(): Promise<void>
}

/** Few, so that clients meet one another's connections. */
const CONNECTIONS = 5

/** Starts Debian's PgBouncer in transaction mode before the database of a URL, at an address besides 127.0.0.1. */
export async function startPgBouncer(databaseUrl: string, address = '127.0.0.1'): Promise<Pooler> {
  const database = new URL(databaseUrl)
  const user = await unprivilegedUser()
  const folder = temporaryFolder('pgbouncer', user)
  const port = await freePort()
  const [users, configuration] = [path.join(folder, 'users.txt'), path.join(folder, 'pgbouncer.ini')]
  const password = decodeURIComponent(database.password)
  writeFileSync(users, `"${database.username}" "${password}"\n`, { mode: 0o600 })
  const lines = [
    '[databases]',
    `* = host=${database.hostname} port=${database.port}`,
    '[pgbouncer]',
    `listen_addr = ${[...new Set(['127.0.0.1', address])].join(',')}`,
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${users}`,
    'pool_mode = transaction',
    `default_pool_size = ${CONNECTIONS}`,
    'max_client_conn = 500',
  ]
  writeFileSync(configuration, `${lines.join('\n')}\n`)
  handOver(folder, user)
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  const log = path.join(folder, 'pgbouncer.log')
  // At once: its gentle stop waits for clients to go.
  const server = startServer(['pgbouncer', configuration], { user, env, log, stopSignal: 'SIGTERM' })
  await untilReady(server, () => accepts(port))
  database.hostname = address
  database.port = String(port)
  return {
    url: database.href,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}
