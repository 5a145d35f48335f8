import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { OperatorError } from '../../../core/operator-error.js'
import type { AppliedMigration, KnownMigration, SchemaFault } from '../../../core/schema/compare.js'
import { isUnavailable } from '../../unavailable.js'

interface AppliedRow {
  migration_name: string
  checksum: string
  finished_at: Date | null
  needs: string | null
  summary: string | null
}

/** Creates the table in which Prisma records migrations. */
export async function createHistory(client: pg.Client): Promise<void> {
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id                  VARCHAR(36)  PRIMARY KEY NOT NULL,
      checksum            VARCHAR(64)  NOT NULL,
      finished_at         TIMESTAMPTZ,
      migration_name      VARCHAR(255) NOT NULL,
      logs                TEXT,
      rolled_back_at      TIMESTAMPTZ,
      started_at          TIMESTAMPTZ  NOT NULL DEFAULT now(),
      applied_steps_count INTEGER      NOT NULL DEFAULT 0
    )`)
  } catch (cause) {
    // A connection that was lost says nothing of the user's rights.
    if (isUnavailable(cause)) throw cause
    throw new OperatorError(
      `The database user ${client.user} may not create tables: ${(cause as Error).message}.`,
      `Make it the owner of the database: ALTER DATABASE … OWNER TO ${client.user}.`,
      { cause },
    )
  }
}

/** Reads which migrations the database has, without changing it. An empty database has none. */
export async function readHistory(client: pg.Client): Promise<AppliedMigration[]> {
  if (!(await exists(client, '_prisma_migrations'))) return []
  const declared = await exists(client, 'migration_declaration')
  const { rows } = await client.query<AppliedRow>(
    `SELECT migration_name, checksum, finished_at, ${declared ? 'needs, summary' : 'NULL AS needs, NULL AS summary'}
     FROM _prisma_migrations ${declared ? 'LEFT JOIN migration_declaration ON name = migration_name' : ''}
     WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  )
  return rows.map(({ migration_name: name, checksum, finished_at, needs, summary }) => ({
    name,
    checksum,
    finished: finished_at !== null,
    declaration: summary === null ? undefined : { summary, ...(needs !== null && { needs }) },
  }))
}

/** Records a migration as Prisma does. */
export async function recordMigration(client: pg.Client, { name, checksum }: KnownMigration): Promise<void> {
  await client.query(
    // Not the transaction's time, which was before the wait for the lock.
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  )
}

/** Records what the migrations mean for older versions; also of those that the Prisma CLI applied, which does not know it. */
export async function recordDeclarations(client: pg.Client, known: readonly KnownMigration[]): Promise<void> {
  if (!(await exists(client, 'migration_declaration'))) return
  const rows = known.flatMap(({ name, declaration }) => (declaration ? [{ name, ...declaration }] : []))
  await client.query(
    `INSERT INTO migration_declaration (name, needs, summary)
     SELECT name, needs, summary FROM json_to_recordset($1) AS t(name text, needs text, summary text)
     WHERE EXISTS (SELECT FROM _prisma_migrations WHERE migration_name = t.name AND rolled_back_at IS NULL)
     ON CONFLICT (name) DO NOTHING`,
    [JSON.stringify(rows)],
  )
}

/** Says why this version must not serve on the database. */
export function faultError({ kind, name }: SchemaFault): OperatorError {
  switch (kind) {
    case 'unknown':
    case 'contracted': {
      const why = kind === 'unknown' ? 'which this version does not know' : 'which took away what this version needs'
      return new OperatorError(
        `The database was made by a newer version of Postern: it has the migration ${name}, ${why}.`,
        'Start that version, or restore a backup made before it.',
      )
    }
    case 'half_done':
      return new OperatorError(
        `The migration ${name} failed earlier and was left half done.`,
        `Restore the backup made before it, or repair the tables and run: npm run prisma -- migrate resolve --rolled-back ${name}`,
      )
    case 'edited':
      return new OperatorError(
        `The migration ${name} was edited after it was applied to the database.`,
        'Put the file back as it was, and make the change in a new migration.',
      )
  }
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table])
  return rows[0]?.there ?? false
}
