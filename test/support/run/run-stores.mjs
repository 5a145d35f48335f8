import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { takeLock } from '../../../server/embedded/lock.js'
import { findPostgres, startPostgres } from '../../../server/embedded/postgres.js'
import { findRedis, startRedis } from '../../../server/embedded/redis.js'
import { serverHome } from '../../../server/embedded/server-home.js'
import { migrate } from '../../../server/storage/postgres/migrate.js'

const PREFIX = 'postern-test-'
const TEMPLATE = 'postern_template'
/** Below this age another run may be about to lock its folder. */
const SETTLED_MS = 60_000

/** The data are thrown away after the run, so nothing waits for the disk. */
const postgresFlags = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'].flatMap(
  (setting) => ['-c', setting],
)
/** All files share it: one that emptied every number would take the sessions of tests beside it. */
const redisDirectives = ['databases 4096', 'appendonly no', 'rename-command FLUSHALL ""', 'rename-command SHUTDOWN ""']

/**
 * One PostgreSQL and one Redis for the whole run, in a folder and on ports of their own.
 * @returns {Promise<{ databaseUrl: string, template: string, redisUrl: string, stop(): Promise<void> }>}
 */
export async function startRunStores() {
  const { home, remove } = await storesFolder()
  const servers = []
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()))
    remove()
  }
  try {
    servers.push(await startPostgres(home, postgresFlags))
    servers.push(await startRedis(home, redisDirectives))
    const [postgres, redis] = servers
    await makeTemplate(postgres.url)
    return { databaseUrl: postgres.url, template: TEMPLATE, redisUrl: redis.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * A folder for the stores of one run, locked; what a run that was killed has left behind is cleared away first.
 * @returns {Promise<{ home: import('../../../server/embedded/server-home.js').ServerHome, remove(): void }>}
 */
export async function storesFolder() {
  await removeLeftOvers()
  const dataDir = mkdtempSync(path.join(os.tmpdir(), PREFIX))
  const lock = await takeLock(dataDir, 'server')
  const home = serverHome(dataDir)
  const remove = () => {
    lock.release()
    removeFolders(home)
  }
  return { home, remove }
}

async function makeTemplate(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${TEMPLATE}`)
  await client.end()
  const template = new URL(databaseUrl)
  template.pathname = `/${TEMPLATE}`
  await migrate(template.toString())
}

/** A run that was killed leaves its servers behind; its lock tells it from one that goes on beside us. */
async function removeLeftOvers() {
  const folders = readdirSync(os.tmpdir()).filter((name) => name.startsWith(PREFIX))
  for (const folder of folders.map((name) => path.join(os.tmpdir(), name))) {
    // Another run may remove its own meanwhile.
    const found = statSync(folder, { throwIfNoEntry: false })
    if (found?.uid !== process.getuid() || Date.now() - found.mtimeMs < SETTLED_MS) continue
    const lock = await takeLock(folder, 'server').catch(() => undefined)
    if (!lock) continue
    const home = serverHome(folder)
    for (const server of await Promise.all([findPostgres(home), findRedis(home)])) await server?.stop()
    removeFolders(home)
  }
}

function removeFolders({ dir, dataDir }) {
  for (const folder of [dir, dataDir]) rmSync(folder, { recursive: true, force: true })
}
