import { type LoggedDay, startOfDay } from '../../../core/pictures/use-days.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import { OTHER_PLACES } from '../../../core/token/use-place.js'
import type { Postgres } from '../client.js'

interface Row extends LoggedDay {
  readonly token: TokenKey
}

/**
 * Lists the uses of many tokens day by day, in one query. The days before the span are one row for each token, which has the
 * addresses that are known, and no count.
 */
export async function listUseDays(
  { pool }: Postgres,
  tokens: readonly TokenKey[],
  { now, days }: { readonly now: EpochSeconds; readonly days: number },
): Promise<ReadonlyMap<TokenKey, readonly LoggedDay[]>> {
  const found = new Map<TokenKey, LoggedDay[]>()
  if (tokens.length === 0) return found
  const { rows } = await pool.query<Row>(
    `WITH place AS (
       SELECT token, greatest(day, $2::date - 1) AS day, address, client, sum(count) AS count FROM token_use
       WHERE token = ANY($1::text[]) GROUP BY 1, 2, 3, 4
     ), first AS (
       SELECT token, address, min(day) AS day FROM place WHERE NOT (address = $4 AND client = $5) AND address <> '' GROUP BY 1, 2
     ), news AS (
       SELECT token, day, array_agg(address) AS addresses FROM first GROUP BY 1, 2
     )
     SELECT token, $3::date - day AS ago,
       CASE WHEN day < $2::date THEN 0 ELSE sum(count) END::float8 AS count,
       coalesce(news.addresses, '{}') AS "newAddresses"
     FROM place LEFT JOIN news USING (token, day) GROUP BY token, day, news.addresses`,
    [tokens, dateOf(startOfDay(now, days - 1)), dateOf(now), OTHER_PLACES.address, OTHER_PLACES.client],
  )
  for (const { token, ...day } of rows) found.set(token, [...(found.get(token) ?? []), day])
  return found
}

/** Formats a day as the log has it: `2026-11-26`. */
function dateOf(at: EpochSeconds): string {
  return isoTime(at).slice(0, 10)
}
