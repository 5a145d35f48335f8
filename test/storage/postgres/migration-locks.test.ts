import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { locksOf } from '../../../server/core/schema/locks.js'
import { OUR_MIGRATIONS, readMigrations } from '../../../server/storage/postgres/migration/files.js'
import { emptyDatabase } from '../../support/stores/stores.js'

/** Those of which a large site has millions of rows. */
const LARGE = ['token', 'token_change', 'token_use', 'audit_event']

/** PostgreSQL's names in `pg_locks` of the locks that matter, strongest first. */
const MODES = {
  AccessExclusiveLock: 'ACCESS EXCLUSIVE',
  ExclusiveLock: 'EXCLUSIVE',
  ShareRowExclusiveLock: 'SHARE ROW EXCLUSIVE',
  ShareLock: 'SHARE',
  ShareUpdateExclusiveLock: 'SHARE UPDATE EXCLUSIVE',
  RowExclusiveLock: 'ROW EXCLUSIVE',
}

const HELD = `SELECT relname AS name, array_agg(mode) AS modes FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE pid = pg_backend_pid() AND relkind = 'r' AND relname = ANY($1) GROUP BY relname`

const FILES = `SELECT relname AS name, pg_relation_filenode(oid)::int AS file FROM pg_class WHERE relname = ANY($1) AND relkind = 'r'`
const TABLES = `SELECT array_agg(tablename::text) AS names FROM pg_tables WHERE schemaname = 'public'`

let client: pg.Client

beforeAll(async () => {
  client = new pg.Client({ connectionString: await emptyDatabase() })
  await client.connect()
})
afterAll(() => client.end())

describe('the migrations of this version', () => {
  it('take the locks that the plan names, and write no large table anew', async () => {
    for (const { name, sql } of await readMigrations(OUR_MIGRATIONS)) {
      const tables = (await client.query(TABLES)).rows[0]?.names ?? []
      const files = await client.query(FILES, [LARGE])
      await client.query('BEGIN')
      await client.query(sql)
      const held = await client.query<{ name: string; modes: string[] }>(HELD, [tables])
      await client.query('COMMIT')

      const locks = held.rows.flatMap((each) => {
        const mode = Object.entries(MODES).find(([mode]) => each.modes.includes(mode))?.[1]
        return mode === undefined ? [] : [[each.name, mode]]
      })
      // The lock on a table that went is seen no more.
      const left: string[] = (await client.query(TABLES)).rows[0]?.names ?? []
      const named = [...locksOf(sql)].filter(([table]) => left.includes(table))
      expect([name, Object.fromEntries(locks)]).toEqual([name, Object.fromEntries(named)])
      // PostgreSQL gives a table another file when it writes it anew, as for a column of another type.
      const after = await client.query(FILES, [files.rows.map((each) => each.name)])
      expect([name, sorted(after.rows)]).toEqual([name, sorted(files.rows)])
    }
  })
})

function sorted(rows: readonly { name: string; file: number }[]): unknown[] {
  return [...rows].sort((a, b) => a.name.localeCompare(b.name))
}
