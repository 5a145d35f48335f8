import type { Batch } from '../../../core/tallies/batches.js'
import { MAX_SERVICES, OTHER_SERVICES } from '../../../core/tallies/check-tallies.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'

/**
 * Adds a batch to the counts of its hour, in one statement. A batch of a process whose number is not higher than the last one
 * changes nothing: it was written before, and only the answer was lost.
 *
 * @returns whether it was added
 */
export async function addTallies(
  { pool }: Postgres,
  process: string,
  { number, hour, tallies }: Batch,
  at: EpochSeconds,
): Promise<boolean> {
  const { rows } = await pool.query<{ fresh: boolean }>(
    `WITH fresh AS (
       INSERT INTO tally_flush AS f (process, number, at) VALUES ($1, $2, $3)
       ON CONFLICT (process) DO UPDATE SET number = excluded.number, at = excluded.at WHERE f.number < excluded.number
       RETURNING true
     ), e AS (
       SELECT * FROM unnest($5::text[], $6::text[], $7::text[], $8::bigint[]) AS e(service, outcome, code, count)
     ), known AS (
       SELECT DISTINCT service FROM tally WHERE hour = $4
     ), ranked AS (
       SELECT e.*, known.service IS NOT NULL AS is_known,
         dense_rank() OVER (PARTITION BY known.service IS NULL ORDER BY e.service) + (SELECT count(*) FROM known) AS place
       FROM e LEFT JOIN known USING (service)
     ), named AS (
       SELECT CASE WHEN is_known OR place <= $9 THEN service ELSE $10 END AS service, outcome, code, count FROM ranked
     ), added AS (
       INSERT INTO tally AS t (hour, service, outcome, code, count)
       SELECT $4, service, outcome, code, sum(count) FROM named, fresh
       GROUP BY service, outcome, code ORDER BY service, outcome, code
       ON CONFLICT (hour, service, outcome, code) DO UPDATE SET count = t.count + excluded.count
     )
     SELECT EXISTS (SELECT 1 FROM fresh) AS fresh`,
    [
      ...[process, number, isoTime(at), isoTime(hour)],
      tallies.map(({ service }) => service),
      tallies.map(({ outcome }) => outcome),
      tallies.map(({ code }) => code),
      tallies.map(({ count }) => count),
      ...[MAX_SERVICES, OTHER_SERVICES],
    ],
  )
  return rows[0]?.fresh === true
}

/** Deletes tallies from before an instant, at most `limit`; returns their number. */
export async function deleteOldTallies({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT ctid FROM tally WHERE hour < $1 ORDER BY hour LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM tally WHERE ctid IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}

/** Deletes the marks of processes that added nothing since an instant, at most `limit`; returns their number. */
export async function deleteOldFlushes({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT ctid FROM tally_flush WHERE at < $1 LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM tally_flush WHERE ctid IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
