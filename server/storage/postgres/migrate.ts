import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { OperatorError } from '../../core/operator-error.js'
import { compareSchema, type KnownMigration, type SchemaState } from '../../core/schema/compare.js'
import { connectForMigration } from './connection/migration-connection.js'
import { OUR_MIGRATIONS, readMigrations } from './migration/files.js'
import { createHistory, faultError, readHistory, recordDeclarations, recordMigration } from './migration/history.js'

/** The advisory lock that Prisma Migrate takes, so that neither another replica nor the Prisma CLI migrates meanwhile. */
const PRISMA_LOCK = 72707369
const LOCK_TIMEOUT_MS = 60_000

/**
 * How long a migration waits for a table at a time. Every statement that comes after waits behind it, those of checks
 * too, so it gives way and tries again.
 */
const TABLE_LOCK_TIMEOUT_MS = 1_000
const TABLE_LOCK_ATTEMPTS = 60
const PAUSE_MS = 500
const LOCK_NOT_AVAILABLE = '55P03'

/** Called after each migration that was applied. */
type OnApplied = (migration: KnownMigration) => void

/**
 * Brings the database to this version's schema, as `prisma migrate deploy` does and in the table that Prisma reads, without
 * needing the Prisma CLI in production.
 *
 * @returns the names of the migrations that were applied now, oldest first
 * @throws {OperatorError} when the database is out of reach, was contracted by a newer version, was migrated by other
 *   files than ours, or refuses a migration; nothing of a refused migration stays
 */
export async function migrate(
  databaseUrl: string,
  directory = OUR_MIGRATIONS,
  onApplied: OnApplied = () => undefined,
): Promise<string[]> {
  return applyMigrations(databaseUrl, await readMigrations(directory), onApplied)
}

/** Applies those of the migrations that are missing, as {@link migrate} does. */
export async function applyMigrations(
  databaseUrl: string,
  migrations: readonly KnownMigration[],
  onApplied: OnApplied = () => undefined,
): Promise<string[]> {
  const client = await connectForMigration(databaseUrl)
  const done: string[] = []
  try {
    for (let attempt = 1; ; ) {
      const { next, outcome } = await applyNext(client, migrations)
      if (!next) return done
      if (outcome === 'applied') {
        done.push(next.name)
        onApplied(next)
        attempt = 1
      } else if (attempt++ === TABLE_LOCK_ATTEMPTS) throw tableInUse(next)
      else await sleep(PAUSE_MS)
    }
  } finally {
    await client.end()
  }
}

/**
 * Compares the database with this version, and changes nothing.
 *
 * @throws {OperatorError} when the database is out of reach
 */
export async function readSchemaState(
  databaseUrl: string,
  directory = OUR_MIGRATIONS,
): Promise<SchemaState & { readonly known: readonly KnownMigration[] }> {
  const known = await readMigrations(directory)
  const client = await connectForMigration(databaseUrl)
  try {
    return { ...compareSchema(await readHistory(client), known), known }
  } finally {
    await client.end()
  }
}

/**
 * Verifies that this version can serve on the database, for a start that must not change it.
 *
 * @throws {OperatorError} when a migration is missing, or the schema was contracted or edited
 */
export async function requireSchema(databaseUrl: string, directory = OUR_MIGRATIONS): Promise<void> {
  const { missing, fault } = await readSchemaState(databaseUrl, directory)
  if (fault) throw faultError(fault)
  const [first] = missing
  if (!first) return
  const more = missing.length === 1 ? '' : `, and ${missing.length - 1} more`
  throw new OperatorError(
    `The database lacks the migration ${first.name}${more}, and updateSchema forbids the start to apply it.`,
    'Apply it with this version: npx postern migrate run',
  )
}

interface Step {
  /** The oldest migration that is missing; undefined when none is. */
  readonly next: KnownMigration | undefined
  readonly outcome: 'applied' | 'table_in_use'
}

/**
 * Applies the oldest migration that is missing, in one transaction with its record and under a lock that ends with it. A
 * lock of the session would stay behind on a connection of a pooler's, and every later start would wait for it.
 */
async function applyNext(client: pg.Client, migrations: readonly KnownMigration[]): Promise<Step> {
  await client.query('BEGIN')
  try {
    await lock(client)
    await createHistory(client)
    // A schema that this version cannot serve on must not be written to: it would lose what the newer version stores.
    const { missing, fault } = compareSchema(await readHistory(client), migrations)
    if (fault) throw faultError(fault)
    const [next] = missing
    const outcome = next ? await apply(client, next) : 'applied'
    if (outcome === 'applied') await recordDeclarations(client, migrations)
    await client.query(outcome === 'applied' ? 'COMMIT' : 'ROLLBACK')
    return { next, outcome }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function lock(client: pg.Client): Promise<void> {
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await client.query('SELECT pg_advisory_xact_lock($1)', [PRISMA_LOCK])
    await client.query(`SET LOCAL lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`)
  } catch (cause) {
    throw new OperatorError(
      `Another process has been migrating the database for ${LOCK_TIMEOUT_MS / 1000} seconds.`,
      'Wait until it is done, or end it, and start again. An older version may have left the lock on a connection of a pooler: restart the pooler.',
      { cause },
    )
  }
}

async function apply(client: pg.Client, migration: KnownMigration): Promise<Step['outcome']> {
  try {
    await client.query(migration.sql)
    await recordMigration(client, migration)
    return 'applied'
  } catch (cause) {
    if ((cause as { code?: string }).code === LOCK_NOT_AVAILABLE) return 'table_in_use'
    throw new OperatorError(
      `The migration ${migration.name} failed, and the database is as it was before: ${(cause as Error).message}.`,
      'If the database holds tables of something else, give Postern one of its own (DATABASE_URL).',
      { cause },
    )
  }
}

function tableInUse({ name }: KnownMigration): OperatorError {
  return new OperatorError(
    `The migration ${name} waited for a table in use ${TABLE_LOCK_ATTEMPTS} times, and the database is as it was before.`,
    'End the transactions that run for long (pg_stat_activity), such as a backup, and start again.',
  )
}
