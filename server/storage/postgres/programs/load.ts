import type pg from 'pg'
import type { AuditedAct } from '../../../core/audit/event.js'
import {
  differenceOf,
  factsOf,
  type ProgramAction,
  type ProgramFacts,
  type ProgramInput,
} from '../../../core/programs/history.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { Actor } from '../../../core/token/history.js'
import { insertEvents } from '../../audit/events.js'
import type { Context } from '../../context.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { toDate } from '../client.js'
import { inLockedTransaction } from '../locked-transaction.js'
import { PROGRAM_COLUMNS, type ProgramRow, toProgram } from './programs.js'

/** Outcome of a load. */
export interface LoadedPrograms {
  /** Identifiers of new programs. */
  readonly created: readonly string[]
  readonly changed: readonly string[]
  /** Number of unchanged programs. */
  readonly unchanged: number
}

/** Programs to a statement: a hundred thousand in one would exceed the query timeout. */
const ROWS_PER_STATEMENT = 2_000
/** Advisory lock of a load, over all processes: two loads could deadlock. A number that no other lock has. */
const LOAD_LOCK = 7_270_737

interface Difference {
  readonly program: ProgramInput
  readonly action: Extract<ProgramAction, 'create' | 'edit'>
  readonly now: ProgramFacts
  readonly old?: ProgramFacts
}

/**
 * Loads programs, all of them or, on failure, none. Writes only differences, so loading the same programs twice is a no-op.
 * Keeps programs missing from the load, and all grants.
 *
 * @returns undefined while another load is running
 */
export async function loadAll(
  stores: AuditedStores,
  programs: readonly ProgramInput[],
  actor: Actor,
  at: EpochSeconds,
): Promise<LoadedPrograms | undefined> {
  return inLoad(stores, async (client, record) => {
    const created: string[] = []
    const changed: string[] = []
    for (let start = 0; start < programs.length; start += ROWS_PER_STATEMENT) {
      const differences = await differencesOf(client, programs.slice(start, start + ROWS_PER_STATEMENT))
      await write(client, differences, at)
      await appendChanges(client, differences, actor, at)
      for (const { program, action } of differences) (action === 'create' ? created : changed).push(program.id)
    }
    const unchanged = programs.length - created.length - changed.length
    if (created.length + changed.length > 0) record(actOfLoad(programs, { created, changed, unchanged }, actor))
    return { created, changed, unchanged }
  })
}

/**
 * Deletes a program, with its investigators and grants; not during a load, which may restore it.
 *
 * @returns whether it existed; undefined while a load is running
 */
export async function deleteProgram(
  stores: AuditedStores,
  id: string,
  actor: Actor,
  at: EpochSeconds,
): Promise<boolean | undefined> {
  return inLoad(stores, async (client, record) => {
    const { rowCount } = await client.query('DELETE FROM program WHERE id = $1', [id])
    if (rowCount === 0) return false
    await client.query(
      `INSERT INTO program_change (program, action, actor, address, at) VALUES ($1, 'delete', $2, $3, $4)`,
      [id, actor.username, actor.address ?? null, toDate(at)],
    )
    record({ action: 'program.delete', actor, object: { type: 'program', id } })
    return true
  })
}

/** One load is one act, however many programs it changes; the history of each has the details. */
function actOfLoad(programs: readonly ProgramInput[], loaded: LoadedPrograms, actor: Actor): AuditedAct {
  const [only] = programs.length === 1 ? programs : []
  const { created, changed, unchanged } = loaded
  return {
    action: 'program.load',
    actor,
    object: { type: 'program', id: only?.id ?? `${programs.length} programs` },
    after: { created, changed, unchanged },
  }
}

type AuditedStores = Pick<Context, 'postgres' | 'audit'>

async function inLoad<T>(
  { postgres: { pool }, audit }: AuditedStores,
  work: (client: pg.PoolClient, record: UnitOfWork['record']) => Promise<T>,
): Promise<T | undefined> {
  const loaded = await inLockedTransaction(pool, LOAD_LOCK, async (client) => {
    const acts: AuditedAct[] = []
    const outcome = await work(client, (act) => void acts.push(act))
    const events = audit.eventsOf(acts)
    await insertEvents(client, events)
    await audit.journal(events)
    return { outcome, events }
  })
  if (!loaded) return undefined
  audit.log(loaded.events)
  return loaded.outcome
}

async function differencesOf(client: pg.PoolClient, programs: readonly ProgramInput[]): Promise<Difference[]> {
  const { rows } = await client.query<ProgramRow>(
    `SELECT ${PROGRAM_COLUMNS} FROM program p WHERE p.id = ANY($1) FOR NO KEY UPDATE OF p`,
    [programs.map(({ id }) => id)],
  )
  const stored = new Map(rows.map((row) => [row.id, toProgram(row)]))
  return programs.flatMap((program): Difference[] => {
    const before = stored.get(program.id)
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
  const named = [people.map(({ id }) => id), people.map(({ kind }) => kind), people.map(({ name }) => name)]
  await client.query(
    `DELETE FROM program_investigator WHERE program = ANY($1) AND (program, kind, name) NOT IN (
       SELECT * FROM unnest($2::text[], $3::investigator_kind[], $4::text[]))`,
    [regrouped.map(({ id }) => id), ...named],
  )
  // A row that stays keeps whether it awaits a confirmation: an edit of the program confirms no user.
  await client.query(
    `INSERT INTO program_investigator (program, kind, name, role, awaiting)
     SELECT n.*, n.kind = 'username' AND (
       NOT EXISTS (SELECT 1 FROM person WHERE username = n.name) AND NOT EXISTS (SELECT 1 FROM account WHERE username = n.name)
       OR EXISTS (SELECT 1 FROM program_investigator i WHERE i.kind = 'username' AND i.name = n.name AND i.awaiting))
     FROM unnest($1::text[], $2::investigator_kind[], $3::text[], $4::program_role[]) AS n (program, kind, name, role)
     ON CONFLICT (program, kind, name) DO UPDATE SET role = EXCLUDED.role`,
    [...named, people.map(({ role }) => role)],
  )
}

async function appendChanges(
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
