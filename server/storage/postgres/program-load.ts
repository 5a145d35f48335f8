import type pg from 'pg'
import {
  differenceOf,
  factsOf,
  type ProgramAction,
  type ProgramFacts,
  type ProgramInput,
} from '../../core/programs/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import { type Postgres, toDate } from './client.js'
import { PROGRAM_COLUMNS, type ProgramRow, toProgram } from './programs.js'

/** What a load came to. */
export interface LoadedPrograms {
  /** Identifiers of those that were not there before. */
  readonly created: readonly string[]
  readonly changed: readonly string[]
  /** How many were as they were told. */
  readonly unchanged: number
}

/** Programs to a statement: a hundred thousand in one would be given up as a query that hangs. */
const ROWS_PER_STATEMENT = 2_000
/** One load at a time, over all processes: two at once could wait for each other's rows. The number only has to be ours. */
const LOAD_LOCK = 7_270_737

interface Difference {
  readonly program: ProgramInput
  readonly action: Extract<ProgramAction, 'create' | 'edit'>
  readonly now: ProgramFacts
  readonly old?: ProgramFacts
}

/**
 * Puts programs in place, all of them or, when anything fails, none. Only what is different is written, so the same load
 * again leaves no trace. Programs that are not told of, and everybody's grants, stay as they are.
 *
 * @returns undefined when another load is under way
 */
export async function loadAll(
  { pool }: Postgres,
  programs: readonly ProgramInput[],
  actor: Actor,
  at: EpochSeconds,
): Promise<LoadedPrograms | undefined> {
  return inLoad(pool, async (client) => {
    const created: string[] = []
    const changed: string[] = []
    for (let start = 0; start < programs.length; start += ROWS_PER_STATEMENT) {
      const differences = await differencesOf(client, programs.slice(start, start + ROWS_PER_STATEMENT))
      await write(client, differences, at)
      await record(client, differences, actor, at)
      for (const { program, action } of differences) (action === 'create' ? created : changed).push(program.id)
    }
    return { created, changed, unchanged: programs.length - created.length - changed.length }
  })
}

/**
 * Takes a program away, with its investigators and grants. Not while a load may put it back.
 *
 * @returns whether it was there; undefined when a load is under way
 */
export async function deleteProgram(
  { pool }: Postgres,
  id: string,
  actor: Actor,
  at: EpochSeconds,
): Promise<boolean | undefined> {
  return inLoad(pool, async (client) => {
    const { rowCount } = await client.query('DELETE FROM program WHERE id = $1', [id])
    if (rowCount === 0) return false
    await client.query(
      `INSERT INTO program_change (program, action, actor, address, at) VALUES ($1, 'delete', $2, $3, $4)`,
      [id, actor.username, actor.address ?? null, toDate(at)],
    )
    return true
  })
}

async function inLoad<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T | undefined> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('BEGIN')
    const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [LOAD_LOCK])
    const done = rows[0]?.ours ? await work(client) : undefined
    await client.query('COMMIT')
    return done
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true
    })
    throw error
  } finally {
    // A connection that could not even roll back is in an unknown state: it is closed, and takes the transaction with it.
    client.release(broken)
  }
}

async function differencesOf(client: pg.PoolClient, programs: readonly ProgramInput[]): Promise<Difference[]> {
  const { rows } = await client.query<ProgramRow>(
    `SELECT ${PROGRAM_COLUMNS} FROM program p WHERE p.id = ANY($1) FOR NO KEY UPDATE OF p`,
    [programs.map(({ id }) => id)],
  )
  const known = new Map(rows.map((row) => [row.id, toProgram(row)]))
  return programs.flatMap((program): Difference[] => {
    const before = known.get(program.id)
    if (!before) return [{ program, action: 'create', now: factsOf(program) }]
    const difference = differenceOf(before, program)
    return difference ? [{ program, action: 'edit', ...difference }] : []
  })
}

async function write(client: pg.PoolClient, differences: readonly Difference[], at: EpochSeconds): Promise<void> {
  const programs = differences.map(({ program }) => program)
  const ends = programs.map(({ periodEnd }) => (periodEnd === undefined ? null : toDate(periodEnd)))
  await client.query(
    `INSERT INTO program (id, title, period_end, public, loaded, updated)
     SELECT *, $5, $5 FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[])
     ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, period_end = EXCLUDED.period_end, public = EXCLUDED.public,
       updated = EXCLUDED.updated`,
    [
      programs.map(({ id }) => id),
      programs.map(({ title }) => title),
      ends,
      programs.map((each) => each.public),
      toDate(at),
    ],
  )
  const regrouped = differences.filter(({ now }) => now.investigators !== undefined).map(({ program }) => program)
  const people = regrouped.flatMap(({ id, investigators }) => investigators.map((each) => ({ id, ...each })))
  await client.query('DELETE FROM program_investigator WHERE program = ANY($1)', [regrouped.map(({ id }) => id)])
  await client.query(
    `INSERT INTO program_investigator (program, kind, name, role)
     SELECT * FROM unnest($1::text[], $2::investigator_kind[], $3::text[], $4::program_role[])`,
    [
      people.map(({ id }) => id),
      people.map(({ kind }) => kind),
      people.map(({ name }) => name),
      people.map(({ role }) => role),
    ],
  )
}

async function record(
  client: pg.PoolClient,
  differences: readonly Difference[],
  actor: Actor,
  at: EpochSeconds,
): Promise<void> {
  await client.query(
    `INSERT INTO program_change (program, action, now, old, actor, address, at)
     SELECT *, $5::text, $6::inet, $7::timestamptz
     FROM unnest($1::text[], $2::program_action[], $3::jsonb[], $4::jsonb[])`,
    [
      differences.map(({ program }) => program.id),
      differences.map(({ action }) => action),
      differences.map(({ now }) => JSON.stringify(now)),
      differences.map(({ old }) => (old ? JSON.stringify(old) : null)),
      actor.username,
      actor.address ?? null,
      toDate(at),
    ],
  )
}
