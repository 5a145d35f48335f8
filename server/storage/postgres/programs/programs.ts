import type { Investigator, KnownAs, Program, ProgramPeople } from '../../../core/programs/program.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Postgres, type Transaction } from '../client.js'

/** A program with all users who may read its data. */
export interface StoredProgram extends Program, ProgramPeople {
  /** When it was first loaded, and when a load last changed it. */
  readonly loaded: EpochSeconds
  readonly updated: EpochSeconds
}

/** An investigators' grant to an e-mail address. */
export interface Grant {
  readonly email: string
  readonly grantedBy: string
  readonly granted: EpochSeconds
}

export interface ProgramRow {
  readonly id: string
  readonly title: string
  readonly period_end: Date | null
  readonly public: boolean
  readonly loaded: Date
  readonly updated: Date
  readonly investigators: Investigator[]
  readonly granted: string[]
}

/** The columns of a program `p`, for queries by hand. */
export const PROGRAM_COLUMNS = `p.id, p.title, p.period_end, p.public, p.loaded, p.updated,
  coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', i.kind, 'name', i.name, 'role', i.role,
                               'awaiting', NULLIF(i.awaiting, false))) ORDER BY i.role, i.kind, i.name)
            FROM program_investigator i WHERE i.program = p.id), '[]') AS investigators,
  ARRAY(SELECT g.email FROM program_grant g WHERE g.program = p.id ORDER BY g.email) AS granted`

/** Prepared, because checks wait for it. */
const FIND = { name: 'find-programs', text: `SELECT ${PROGRAM_COLUMNS} FROM program p WHERE p.id = ANY($1)` }

/** Finds programs by identifier; leaves out unknown ones. */
export async function findPrograms({ pool, prepared }: Postgres, ids: readonly string[]): Promise<StoredProgram[]> {
  const { rows } = await pool.query<ProgramRow>({ ...prepared(FIND), values: [ids] })
  return rows.map(toProgram)
}

/** Lists the programs of which a user is an investigator or grantee, at most `limit`. */
export async function findProgramsOf(
  { pool }: Postgres,
  { username, verifiedEmails, isFromProvider = false }: KnownAs,
  limit: number,
): Promise<StoredProgram[]> {
  const { rows } = await pool.query<ProgramRow>(
    `SELECT ${PROGRAM_COLUMNS} FROM program p WHERE p.id IN (
       SELECT program FROM program_investigator WHERE (kind = 'username' AND name = $1 AND NOT (awaiting AND $4::boolean)) OR (kind = 'email' AND name = ANY($2))
       UNION SELECT program FROM program_grant WHERE email = ANY($2))
     ORDER BY p.id LIMIT $3`,
    [username, verifiedEmails, limit, isFromProvider],
  )
  return rows.map(toProgram)
}

/** Returns whether a user is an investigator of any program. */
export async function isInvestigator(
  { pool }: Postgres,
  { username, verifiedEmails, isFromProvider = false }: KnownAs,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT 1 FROM program_investigator
     WHERE (kind = 'username' AND name = $1 AND NOT (awaiting AND $3::boolean)) OR (kind = 'email' AND name = ANY($2)) LIMIT 1`,
    [username, verifiedEmails, isFromProvider],
  )
  return rowCount === 1
}

/**
 * Lists programs by a prefix of the identifier or a part of the title, regardless of case, at most `limit`.
 * `starts_with` and `strpos` and not LIKE: a percent sign in the input is literal.
 *
 * @param text in small letters
 */
export async function searchPrograms({ pool }: Postgres, text: string, limit: number): Promise<StoredProgram[]> {
  const { rows } = await pool.query<ProgramRow>(
    `SELECT ${PROGRAM_COLUMNS} FROM program p
     WHERE starts_with(lower(p.id), $1) OR strpos(lower(p.title), $1) > 0 ORDER BY p.id LIMIT $2`,
    [text, limit],
  )
  return rows.map(toProgram)
}

export async function listGrants(db: Transaction, program: string): Promise<Grant[]> {
  const rows = await db.programGrant.findMany({ where: { program }, orderBy: { email: 'asc' } })
  return rows.map(({ email, grantedBy, granted }) => ({ email, grantedBy, granted: fromDate(granted) }))
}

export function toProgram(row: ProgramRow): StoredProgram {
  return {
    id: row.id,
    title: row.title,
    public: row.public,
    investigators: row.investigators,
    granted: row.granted,
    loaded: fromDate(row.loaded),
    updated: fromDate(row.updated),
    ...(row.period_end && { periodEnd: fromDate(row.period_end) }),
  }
}
