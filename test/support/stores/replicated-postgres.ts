import { chownSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { startPostgres } from '../../../server/embedded/postgres.js'
import { prepareCluster } from '../../../server/embedded/postgres-cluster.js'
import type { ServerHome } from '../../../server/embedded/server-home.js'
import { freePort } from '../run/ports.js'
import { type Server, startServer, untilReady } from '../run/processes.js'
import { storesFolder } from '../run/run-stores.mjs'
import { sql } from './queries.js'

/** A primary that acknowledges what its standby has, too. */
export interface ReplicatedPostgres {
  /** Of the primary. */
  readonly url: string
  readonly standbyPort: number
  /** Kills the primary, and makes the standby the primary. */
  failOver(): Promise<void>
  stop(): Promise<void>
}

const FLAGS = ['fsync=off', 'max_connections=100'].flatMap((setting) => ['-c', setting])

/** Starts two PostgreSQL, the second from a copy of the first. */
export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  const { home, remove } = await storesFolder()
  const primary = await startPostgres(home, FLAGS)
  const standbyPort = await freePort()
  const standbyUrl = new URL(primary.url)
  standbyUrl.port = String(standbyPort)
  let standby: Server | undefined
  const stop = async () => {
    await standby?.stop()
    await primary.stop()
    remove()
  }
  try {
    await copyData(home, new URL(primary.url))
    standby = await startStandby(home, standbyPort)
    await untilReady(standby, () => isStreaming(primary.url))
    await sql(primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    await sql(primary.url, 'SELECT pg_reload_conf()')
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: primary.url,
    standbyPort,
    async failOver() {
      process.kill(primary.process.pid, 'SIGKILL')
      await sql(standbyUrl.href, 'SELECT pg_promote()')
    },
    stop,
  }
}

const standbyFolder = ({ dir }: ServerHome) => path.join(dir, 'standby')

/** As pg_basebackup does, which does not come with the embedded PostgreSQL. */
async function copyData(home: ServerHome, primary: URL): Promise<void> {
  const folder = standbyFolder(home)
  const client = new pg.Client({ connectionString: primary.href })
  await client.connect()
  await client.query("SELECT pg_backup_start('standby', true)")
  mkdirSync(folder, { mode: 0o700 })
  cpSync(path.join(home.dir, 'postgres'), folder, {
    recursive: true,
    filter: (file) => path.basename(file) !== 'postmaster.pid',
  })
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)')
  await client.end()
  writeFileSync(path.join(folder, 'backup_label'), rows[0]?.labelfile ?? '')
  writeFileSync(path.join(folder, 'standby.signal'), '')
  const { hostname, port, username, password } = primary
  const source = `host=${hostname} port=${port} user=${username} password=${password}`
  writeFileSync(path.join(folder, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`)
  if (!home.user) return
  const { uid, gid } = home.user
  chownSync(folder, uid, gid)
  for (const entry of readdirSync(folder, { recursive: true })) chownSync(path.join(folder, String(entry)), uid, gid)
}

async function startStandby(home: ServerHome, port: number): Promise<Server> {
  const prefix = home.user ? ['setpriv', `--reuid=${home.user.uid}`, `--regid=${home.user.gid}`, '--clear-groups'] : []
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((each) => ['-c', each])
  const command = [await prepareCluster(home), '-D', standbyFolder(home), '-p', String(port), ...settings, ...FLAGS]
  const user = { name: '', group: '', uid: 0, gid: 0, prefix }
  return startServer(command, { user, log: path.join(home.dataDir, 'standby.log'), stopSignal: 'SIGINT' })
}

async function isStreaming(primaryUrl: string): Promise<boolean> {
  const rows = await sql(primaryUrl, "SELECT FROM pg_stat_replication WHERE state = 'streaming'")
  return rows.length > 0
}
