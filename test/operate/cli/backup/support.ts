import { mkdirSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import request from 'supertest'
import type { TokenKey } from '../../../../server/core/token/token.js'
import { quoted, tablesOf } from '../../../../server/storage/backup/schema.js'
import { ASKED, type RunningPostern, startPostern } from '../../../support/postern.js'
import { emptyDatabase, freshRedis } from '../../../support/stores/stores.js'
import { emptyFolder } from '../executable.js'

/** The folder of a backup that is not written yet. */
export function backupFolder(): string {
  return path.join(newFolder(), 'today')
}

export function newFolder(): string {
  const folder = emptyFolder()
  mkdirSync(folder, { recursive: true })
  return folder
}

export const keyOf = (token: string) => token.slice(3, 25) as TokenKey

/** The environment of a site's processes. */
type Environment = Record<string, string>

/** The environment of a site with the master secret of another one, and with empty stores. */
export async function emptySite(like: Environment) {
  const stores = { DATABASE_URL: await emptyDatabase(), REDIS_URL: await freshRedis() }
  return { ...like, ...stores, POSTERN_DATA: emptyFolder() }
}

/** Serves on the stores of an environment. */
export function serveOn({
  DATABASE_URL = '',
  REDIS_URL = '',
  POSTERN_SECRET = '',
}: Environment): Promise<RunningPostern> {
  return startPostern({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, secret: POSTERN_SECRET })
}

export async function onDatabase<T>(url: string | undefined, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** All rows of a database, by table; of the audit trail those alone that are not of the restore itself. */
export function rowsOf(url: string | undefined): Promise<ReadonlyMap<string, readonly string[]>> {
  return onDatabase(url, async (client) => {
    const found = new Map<string, readonly string[]>()
    for (const { table } of await tablesOf(client)) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${quoted(table)} t`)
      found.set(
        table,
        rows
          .map(({ row }) => row)
          .filter((row) => !row.includes('restore.load'))
          .sort(),
      )
    }
    return found
  })
}

export async function tableCount(url: string | undefined): Promise<number> {
  return onDatabase(url, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_tables WHERE schemaname = current_schema()')
    return rowCount ?? 0
  })
}

/** The status of a check. */
export async function check(site: RunningPostern, token: string): Promise<number> {
  const asked = request(site.server).get('/ingress/auth?scope=read:tap').set(ASKED)
  const { status } = await asked.set('Authorization', `Bearer ${token}`)
  return status
}
