import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { OperatorError } from '../../core/operator-error.js'
import { type EpochSeconds, isoTime } from '../../core/time.js'
import { OPERATOR_ACTOR } from '../../core/token/history.js'
import { insertEvents } from '../audit/events.js'
import { OUR_MIGRATIONS, readMigrations } from '../postgres/migration/files.js'
import { createHistory, recordDeclarations, recordMigration } from '../postgres/migration/history.js'
import { openBackupFile } from './files.js'
import type { CheckedBackup } from './read-backup.js'
import { RESTORE_MARK, writeRestoreMark } from './restore-mark.js'
import { COPY_SETTINGS, copyOf, quoted } from './schema.js'

/** The lock of migrations: none runs meanwhile, and no other restore. */
const MIGRATION_LOCK = 72707369

/**
 * Restores the database in one transaction: the schema of the backup, its rows, then the migrations that came later. What
 * the site did not do since the backup is recorded with it, so that no committed state lacks the lock.
 *
 * @throws {OperatorError} when the database has tables; nothing is changed then
 */
export async function restorePostgres(client: pg.Client, backup: CheckedBackup, now: EpochSeconds): Promise<void> {
  const { manifest } = backup
  await inTransaction(client, async () => {
    await refuseTables(client)
    const migrations = await readMigrations(OUR_MIGRATIONS)
    const then = new Set(manifest.migrations.map(({ name }) => name))
    await createHistory(client)
    for (const migration of migrations.filter(({ name }) => then.has(name))) {
      await client.query(migration.sql)
      await recordMigration(client, migration)
    }
    await loadTables(client, backup)
    for (const migration of migrations.filter(({ name }) => !then.has(name))) {
      await client.query(migration.sql)
      await recordMigration(client, migration)
    }
    await recordDeclarations(client, migrations)
    await recordRestore(client, backup, now)
    await writeRestoreMark(client, { backup: manifest.id, stage: 'redis' })
  })
}

/** Runs a change of the schema alone. */
export async function inTransaction(client: pg.Client, change: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await client.query(COPY_SETTINGS)
    await change()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** @throws {OperatorError} when the database has tables that are no extension's and not the mark of a restore */
export async function refuseTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class c
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname <> $1
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1 LIMIT 1`,
    [RESTORE_MARK],
  )
  if (rows.length === 0) return
  throw new OperatorError(
    `The database is not empty: it has the table ${rows[0]?.name}.`,
    'Nothing was restored. Restore into an empty database (createdb), or name another POSTERN_DATA where Postern runs its own.',
  )
}

async function loadTables(client: pg.Client, backup: CheckedBackup): Promise<void> {
  const { tables, sequences } = backup.manifest
  // A migration may have put rows of its own into an empty database.
  await client.query(`TRUNCATE ${tables.map(({ table }) => quoted(table)).join(', ')}`)
  for (const { table, columns, file } of tables) {
    const rows = client.query(copyFrom(copyOf({ table, columns }, 'FROM STDIN')))
    await pipeline(await openBackupFile(backup, file), rows)
    if (rows.rowCount === file.rows) continue
    throw new Error(`The table ${table} has ${rows.rowCount} rows, and ${file.rows} in the backup`)
  }
  for (const { name, last } of sequences) {
    await client.query("SELECT setval(format('%I', $1::text)::regclass, $2::bigint)", [name, last])
  }
}

async function recordRestore(
  client: pg.Client,
  { manifest: { id, product, taken } }: CheckedBackup,
  now: EpochSeconds,
): Promise<void> {
  await client.query(
    `INSERT INTO restoration (backup, product, taken, restored) VALUES ($1, $2, $3, $4)
     ON CONFLICT (backup) DO UPDATE SET restored = EXCLUDED.restored, confirmed = NULL`,
    [id, product, taken, isoTime(now)],
  )
  await insertEvents(client, [
    {
      id: randomBytes(16).toString('hex'),
      at: now,
      action: 'restore.load',
      actor: { username: OPERATOR_ACTOR },
      object: { type: 'site', id: 'site' },
      after: { backup: id, product, taken },
    },
  ])
}
