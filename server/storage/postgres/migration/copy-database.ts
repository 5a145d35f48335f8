import pg from 'pg'
import { OperatorError } from '../../../core/operator-error.js'
import { compareSchema } from '../../../core/schema/compare.js'
import { applyMigrations } from '../migrate.js'
import { OUR_MIGRATIONS, readMigrations } from './files.js'
import { faultError, readHistory } from './history.js'

/** Rows that are fetched at a time. */
const FETCH_SIZE = 10_000

interface Table {
  readonly name: string
  /** Quoted. */
  readonly columns: string
}

/**
 * Copies a database of Postern's into an empty one of another major version of PostgreSQL, which fetches the rows itself. The
 * schema comes of the migrations that the old database has, so that those which follow meet what they were made for.
 *
 * @throws {OperatorError} when the old database has what is not Postern's, or was made by a newer version; the new one is
 *   of no use then
 */
export async function copyDatabase(from: string, to: string, directory = OUR_MIGRATIONS): Promise<void> {
  const known = await readMigrations(directory)
  const source = await connect(from)
  const target = await connect(to)
  try {
    const applied = await readHistory(source)
    const { fault, unknown, missing } = compareSchema(applied, known)
    const [newer] = unknown
    if (fault) throw faultError(fault)
    if (newer) throw faultError({ kind: 'unknown', name: newer.name })
    await applyMigrations(
      to,
      known.filter((each) => !missing.includes(each)),
    )
    await target.query('BEGIN')
    await attach(target, new URL(from))
    const tables = await tablesOf(source)
    await refuseForeign(target, tables)
    for (const table of tables) await copyRows(target, table)
    await copySequences(source, target)
    for (const table of tables) await compareCounts(target, table)
    await target.query('DROP SCHEMA older CASCADE')
    await target.query('DROP EXTENSION postgres_fdw CASCADE')
    await target.query('COMMIT')
  } finally {
    await source.end()
    await target.end()
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  // A connection lost between two statements fails the next one; without a listener it would end the process instead.
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Shows the tables of the old database in the schema `older` of the new one. All that follows reads one state of them. */
async function attach(target: pg.Client, { hostname, port, pathname, username, password }: URL): Promise<void> {
  const options = [
    ['host', hostname],
    ['port', port],
    ['dbname', decodeURIComponent(pathname.slice(1))],
    ['fetch_size', String(FETCH_SIZE)],
  ].map(([name, value]) => `${name} ${pg.escapeLiteral(value ?? '')}`)
  const [user, secret] = [username, password].map((each) => pg.escapeLiteral(decodeURIComponent(each)))
  await target.query('CREATE EXTENSION postgres_fdw')
  await target.query(`CREATE SERVER older FOREIGN DATA WRAPPER postgres_fdw OPTIONS (${options.join(', ')})`)
  await target.query(`CREATE USER MAPPING FOR CURRENT_USER SERVER older OPTIONS (user ${user}, password ${secret})`)
  await target.query('CREATE SCHEMA older')
  await target.query('IMPORT FOREIGN SCHEMA public FROM SERVER older INTO older')
  // Rows come table by table: foreign keys are complete at the end, and were verified when the rows were made.
  await target.query('SET LOCAL session_replication_role = replica')
}

async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT table_name AS name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns
     FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY table_name ORDER BY table_name`,
  )
  return rows
}

async function refuseForeign(target: pg.Client, tables: readonly Table[]): Promise<void> {
  const ours = new Set((await tablesOf(target)).map(({ name }) => name))
  const foreign = tables.filter(({ name }) => !ours.has(name)).map(({ name }) => name)
  if (foreign.length === 0) return
  throw new OperatorError(
    `The database holds tables that are not Postern's, and are not copied: ${foreign.join(', ')}.`,
    'Move them into a database of their own, and start again.',
  )
}

async function copyRows(target: pg.Client, { name, columns }: Table): Promise<void> {
  const table = pg.escapeIdentifier(name)
  // The migrations may have put rows there themselves.
  await target.query(`DELETE FROM public.${table}`)
  await target.query(`INSERT INTO public.${table} (${columns}) SELECT ${columns} FROM older.${table}`)
}

async function copySequences(source: pg.Client, target: pg.Client): Promise<void> {
  const { rows } = await source.query<{ name: string; last: string | null }>(
    `SELECT quote_ident(sequencename) AS name, last_value::text AS last FROM pg_sequences WHERE schemaname = 'public'`,
  )
  for (const { name, last } of rows) if (last !== null) await target.query('SELECT setval($1, $2)', [name, last])
}

async function compareCounts(target: pg.Client, { name }: Table): Promise<void> {
  const table = pg.escapeIdentifier(name)
  const { rows } = await target.query<{ there: string; here: string }>(
    `SELECT (SELECT count(*) FROM older.${table}) AS there, (SELECT count(*) FROM public.${table}) AS here`,
  )
  const { there, here } = rows[0] ?? {}
  if (there !== here) throw new Error(`${name} has ${there} rows, of which ${here} were copied`)
}
