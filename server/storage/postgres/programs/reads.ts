import { FILES_PER_DAY, OTHER_FILES, type ProgramRead } from '../../../core/programs/reads.js'
import type { SummedReads, UserReads } from '../../../core/programs/reads-by-person.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'

/** Reads that are written together. A batch that is sent again has its number again. */
export interface ReadBatch {
  readonly number: number
  readonly reads: readonly ProgramRead[]
}

/**
 * Adds a batch of reads, in one statement; sums those of one day and file. Of a program it tells so many files apart, for each
 * user on each day. Several processes that see files of a user at one moment may each add as many. A batch of a process whose
 * number is not higher than the last one changes nothing: it was written before, and only the answer was lost.
 *
 * Attack: a user with access asks for invented names of files, and writes a row for each.
 */
export async function addReads(
  { pool }: Postgres,
  process: string,
  { number, reads }: ReadBatch,
  at: EpochSeconds,
): Promise<void> {
  await pool.query(
    `WITH fresh AS (
       INSERT INTO tally_flush AS f (process, number, at) VALUES ($1, $2, $3)
       ON CONFLICT (process) DO UPDATE SET number = excluded.number, at = excluded.at WHERE f.number < excluded.number
       RETURNING true
     ), e AS (
       SELECT *, (last AT TIME ZONE 'UTC')::date AS day
       FROM unnest($4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::bigint[])
         AS e(program, username, file, first, last, count)
     ), known AS (
       SELECT program, username, day, count(*) AS files FROM program_read
       WHERE (program, username, day) IN (SELECT program, username, day FROM e) AND file <> $11
       GROUP BY program, username, day
     ), judged AS (
       SELECT e.*, r.program IS NOT NULL AS is_known, coalesce(known.files, 0) + row_number() OVER (
         PARTITION BY e.program, e.username, e.day, r.program IS NULL, e.file = $11 ORDER BY e.first, e.file) AS place
       FROM e LEFT JOIN known USING (program, username, day) LEFT JOIN program_read r USING (program, username, day, file)
     ), placed AS (
       SELECT program, username, day, first, last, count, CASE WHEN is_known OR place <= $10 THEN file ELSE $11 END AS file
       FROM judged
     ), readers AS (
       INSERT INTO program_reader AS d (program, username, day, last, count)
       SELECT program, username, day, max(last), sum(count) FROM e, fresh
       GROUP BY program, username, day ORDER BY program, username, day
       ON CONFLICT (program, username, day) DO UPDATE
         SET last = greatest(d.last, excluded.last), count = d.count + excluded.count
     )
     INSERT INTO program_read AS r (program, username, day, file, first, last, count)
     SELECT program, username, day, file, min(first), max(last), sum(count) FROM placed, fresh
     GROUP BY program, username, day, file ORDER BY program, username, day, file
     ON CONFLICT (program, username, day, file) DO UPDATE
       SET first = least(r.first, excluded.first), last = greatest(r.last, excluded.last), count = r.count + excluded.count`,
    [
      ...[process, number, isoTime(at)],
      reads.map(({ program }) => program),
      reads.map(({ username }) => username),
      reads.map(({ file }) => file),
      reads.map(({ first }) => isoTime(first)),
      reads.map(({ last }) => isoTime(last)),
      reads.map(({ count }) => count),
      ...[FILES_PER_DAY, OTHER_FILES],
    ],
  )
}

const COLUMNS = `program, username, file, extract(epoch FROM first)::float8 AS first, extract(epoch FROM last)::float8 AS last,
  count::float8 AS count`

/** Lists the reads of a program, or of a user, the latest first. */
export async function listReads(
  { pool }: Postgres,
  of: { readonly program: string } | { readonly username: string },
  limit: number,
): Promise<ProgramRead[]> {
  const [column, value] = 'program' in of ? ['program', of.program] : ['username', of.username]
  const { rows } = await pool.query<ProgramRead>(
    `SELECT ${COLUMNS} FROM program_read WHERE ${column} = $1 ORDER BY last DESC, program, username, file LIMIT $2`,
    [value, limit],
  )
  return rows
}

/** Sums the requests for files of a program by user, the latest first. */
export async function sumReads({ pool }: Postgres, program: string): Promise<UserReads[]> {
  const { rows } = await pool.query<UserReads>(
    `SELECT username, sum(count)::float8 AS count, extract(epoch FROM max(last))::float8 AS last
     FROM program_reader WHERE program = $1 GROUP BY username ORDER BY max(last) DESC, username`,
    [program],
  )
  return rows
}

/** Sums a user's requests for files, by program. */
export async function sumOwnReads({ pool }: Postgres, username: string): Promise<ReadonlyMap<string, SummedReads>> {
  const { rows } = await pool.query<SummedReads & { readonly program: string }>(
    `SELECT program, sum(count)::float8 AS count, extract(epoch FROM max(last))::float8 AS last
     FROM program_reader WHERE username = $1 GROUP BY program`,
    [username],
  )
  return new Map(rows.map(({ program, count, last }) => [program, { count, last }]))
}

/** Deletes the oldest reads from before an instant, at most `limit`; returns their number. */
export const deleteOldReads = deleteOldFrom('program_read')

/** Deletes their oldest sums in the same way. */
export const deleteOldReaders = deleteOldFrom('program_reader')

function deleteOldFrom(table: 'program_read' | 'program_reader') {
  return async ({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> => {
    const old = `SELECT ctid FROM ${table} WHERE day < $1::date ORDER BY day LIMIT $2`
    const { rowCount } = await pool.query(`DELETE FROM ${table} WHERE ctid IN (${old})`, [toDate(before), limit])
    return rowCount ?? 0
  }
}
