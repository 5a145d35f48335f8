import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { OperatorError } from '../../core/operator-error.js'
import { connectForMigration } from './connection/migration-connection.js'

/** `prisma/migrations` of this project; the same number of steps up from `server/storage/postgres` and from `dist/storage/postgres`. */
const ourMigrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))

/** The advisory lock that Prisma Migrate takes, so that neither another replica nor the Prisma CLI migrates meanwhile. */
const PRISMA_LOCK = 72707369
const LOCK_TIMEOUT_MS = 60_000

interface Migration {
  name: string
  sql: string
  /** SHA-256 of the file, in hex, as Prisma records it. */
  checksum: string
}

interface AppliedMigration {
  migration_name: string
  checksum: string
  finished_at: Date | null
}

/**
 * Brings the database to this version's schema, as `prisma migrate deploy` does and in the table that Prisma reads, without
 * needing the Prisma CLI in production.
 *
 * @returns the names of the migrations that were applied now, oldest first
 * @throws {OperatorError} when the database is out of reach, newer than this version, was migrated by other files than
 *   ours, or refuses a migration; nothing of a refused migration stays
 */
export async function migrate(databaseUrl: string, directory = ourMigrations): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = await connectForMigration(databaseUrl)
  const done: string[] = []
  try {
    for (;;) {
      const name = await applyNext(client, migrations)
      if (name === undefined) return done
      done.push(name)
    }
  } finally {
    await client.end()
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  // Prisma begins the names with the time, so their order is the order in which they were made.
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Applies the oldest migration that is missing, in one transaction with its record and under a lock that ends with it. A
 * lock of the session would stay behind on a connection of a pooler's, and every later start would wait for it.
 *
 * @returns its name; undefined when none is missing
 */
async function applyNext(client: pg.Client, migrations: Migration[]): Promise<string | undefined> {
  await client.query('BEGIN')
  try {
    await lock(client)
    await createHistory(client)
    const applied = await readHistory(client)
    refuseForeignHistory(applied, migrations)
    const done = new Set(applied.map((row) => row.migration_name))
    const next = migrations.find(({ name }) => !done.has(name))
    if (next) await apply(client, next)
    await client.query('COMMIT')
    return next?.name
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function lock(client: pg.Client): Promise<void> {
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK])
    await client.query('SET LOCAL lock_timeout = 0')
  } catch (cause) {
    throw new OperatorError(
      `Another process has been migrating the database for ${LOCK_TIMEOUT_MS / 1000} seconds.`,
      'Wait until it is done, or end it, and start again. An older version may have left the lock on a connection of a pooler: restart the pooler.',
      { cause },
    )
  }
}

async function createHistory(client: pg.Client): Promise<void> {
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
    throw new OperatorError(
      `The database user ${client.user} may not create tables: ${(cause as Error).message}.`,
      `Make it the owner of the database: ALTER DATABASE … OWNER TO ${client.user}.`,
      { cause },
    )
  }
}

async function readHistory(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  )
  return rows
}

/**
 * A schema that this version does not know must not be written to: an older server would lose what the newer one stores.
 */
function refuseForeignHistory(applied: AppliedMigration[], migrations: Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const { migration_name: name, checksum, finished_at } of applied) {
    if (!known.has(name)) {
      throw new OperatorError(
        `The database was made by a newer version of Postern: it has the migration ${name}, which this version does not know.`,
        'Start that version, or restore a backup made before it.',
      )
    }
    if (finished_at === null) {
      throw new OperatorError(
        `The migration ${name} failed earlier and was left half done.`,
        `Restore the backup made before it, or repair the tables and run: npm run prisma -- migrate resolve --rolled-back ${name}`,
      )
    }
    if (known.get(name) !== checksum) {
      throw new OperatorError(
        `The migration ${name} was edited after it was applied to the database.`,
        'Put the file back as it was, and make the change in a new migration.',
      )
    }
  }
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql)
    await client.query(
      // Not the transaction's time, which was before the wait for the lock.
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
  } catch (cause) {
    throw new OperatorError(
      `The migration ${name} failed, and the database is as it was before: ${(cause as Error).message}.`,
      'If the database holds tables of something else, give Postern one of its own (DATABASE_URL).',
      { cause },
    )
  }
}
