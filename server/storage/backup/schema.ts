import type pg from 'pg'
import { TABLES_LEFT_OUT } from '../../core/backup/left-out.js'
import { loadOrder, type Reference } from '../../core/backup/load-order.js'
import type { AppliedMigration, Manifest } from '../../core/backup/manifest.js'
import { RESTORE_MARK } from './restore-mark.js'

/*
 * The schema is asked for, not listed here: a table of a later migration is in the next backup without a change of ours.
 */

type Queries = Pick<pg.ClientBase, 'query'>

/** A table, with the columns that can be written. */
export interface Table {
  readonly table: string
  readonly columns: readonly string[]
}

/** Reads the tables of a backup, in an order in which their rows can be loaded. */
export async function tablesOf(client: Queries): Promise<Table[]> {
  const { rows: tables } = await client.query<Table>(
    `SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname`,
  )
  const { rows: references } = await client.query<Reference>(
    `SELECT f.relname AS from, t.relname AS to FROM pg_constraint k
     JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
     WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace`,
  )
  const kept = new Map(tables.filter(({ table }) => !isLeftOut(table)).map((each) => [each.table, each]))
  return loadOrder([...kept.keys()], references).flatMap((name) => kept.get(name) ?? [])
}

const isLeftOut = (table: string) => table in TABLES_LEFT_OUT || table === RESTORE_MARK

/** Reads where the counters of the tables are. They are no part of a snapshot: each is at the snapshot's number, or after it. */
export async function sequencesOf(client: Queries): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string; last: string }>(
    `SELECT sequencename AS name, last_value::text AS last FROM pg_sequences
     WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1`,
  )
  return rows
}

/** Reads which migrations made the schema, oldest first. */
export async function migrationsOf(client: Queries): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL ORDER BY started_at, migration_name`,
  )
  return rows
}

/** Quotes a name for SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Returns the COPY of a table; the text format is the same in all versions of PostgreSQL. */
export function copyOf({ table, columns }: Table, direction: 'TO STDOUT' | 'FROM STDIN'): string {
  return `COPY ${quoted(table)} (${columns.map(quoted).join(', ')}) ${direction}`
}

/** Has both ends of a COPY write times, numbers and texts alike, and lets no timeout of the server's end it. */
export const COPY_SETTINGS = `SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';
  SET LOCAL extra_float_digits = 3; SET LOCAL client_encoding = 'UTF8';
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0`
