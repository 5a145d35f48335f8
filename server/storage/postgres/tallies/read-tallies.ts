import type { CheckResult } from '../../../core/tallies/check-outcome.js'
import { type HourTally, isReason, type RefusedChecks } from '../../../core/tallies/summaries.js'
import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'

/** The result that a row counts. */
const RESULT = "CASE WHEN outcome = 'refused' THEN code ELSE outcome END"

/** Lists the checks since an instant, by hour, service and result. */
export async function listTallies({ pool }: Postgres, since: EpochSeconds): Promise<readonly HourTally[]> {
  const { rows } = await pool.query<HourTally>(
    `SELECT extract(epoch FROM hour)::float8 AS hour, service, ${RESULT} AS result, count::float8 AS count
     FROM tally WHERE hour >= $1`,
    [toDate(since)],
  )
  return rows
}

/** Counts the checks since an instant that were not admitted, by their reason. */
export async function countRefusals({ pool }: Postgres, since: EpochSeconds): Promise<readonly RefusedChecks[]> {
  const { rows } = await pool.query<{ result: CheckResult; count: number }>(
    `SELECT ${RESULT} AS result, sum(count)::float8 AS count FROM tally
     WHERE hour >= $1 AND outcome NOT IN ('admitted', 'anonymous') GROUP BY 1`,
    [toDate(since)],
  )
  return rows.flatMap(({ result, count }) => (isReason(result) ? [{ reason: result, count }] : []))
}
