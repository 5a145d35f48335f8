import { type LoggedDay, startOfDay } from '../../../core/pictures/use-days.js'
import { type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import { OTHER_PLACES, type UsePlace } from '../../../core/token/use-place.js'
import type { Postgres } from '../client.js'

/** So many days, today the last. */
export interface Span {
  readonly now: EpochSeconds
  readonly days: number
}

interface Row extends LoggedDay {
  readonly token: TokenKey
}

/**
 * Lists the uses of many tokens day by day, in one query. Of a token with a new address, the days before the span are one row,
 * which has the addresses that are known, and no count.
 */
export async function listUseDays(
  { pool, prepared }: Postgres,
  tokens: readonly TokenKey[],
  { now, days }: Span,
): Promise<ReadonlyMap<TokenKey, readonly LoggedDay[]>> {
  const found = new Map<TokenKey, LoggedDay[]>()
  if (tokens.length === 0) return found
  const values = [tokens, dateOf(startOfDay(now, days - 1)), dateOf(now), OTHER_PLACES.address, OTHER_PLACES.client]
  const { rows } = await pool.query<Row>({ ...prepared(USE_DAYS), values })
  for (const { token, ...day } of rows) found.set(token, [...(found.get(token) ?? []), day])
  return found
}

/** A prepared statement by hand: PostgreSQL takes longer to plan it than to run it, and each list of tokens waits for it. */
const USE_DAYS = {
  name: 'use-days',
  text: `WITH place AS (
       SELECT token, day, address, client, sum(count) AS count FROM token_use
       WHERE token = ANY($1::text[]) AND day >= $2::date GROUP BY 1, 2, 3, 4
     ), first AS (
       SELECT token, address, min(day) AS day FROM place WHERE NOT (address = $4 AND client = $5) AND address <> '' GROUP BY 1, 2
     ), fresh AS MATERIALIZED (
       -- A look-up for each address: a join would read the log of a year.
       SELECT token, day, address FROM first f
       WHERE (SELECT 1 FROM token_use u WHERE u.token = f.token AND u.day < $2::date AND u.address = f.address LIMIT 1) IS NULL
     ), news AS (
       SELECT token, day, array_agg(address) AS addresses FROM fresh GROUP BY 1, 2
     )
     SELECT token, $3::date - day AS ago, sum(count)::float8 AS count, coalesce(news.addresses, '{}') AS "newAddresses"
     FROM place LEFT JOIN news USING (token, day) GROUP BY token, day, news.addresses
     UNION ALL
     SELECT token, $3::date - $2::date + 1, 0, array_agg(DISTINCT address) FROM token_use
     WHERE token IN (SELECT token FROM fresh) AND day < $2::date AND address <> '' GROUP BY token`,
}

/** Uses of a token from one place on one day. */
export interface PlaceDay extends UsePlace {
  /** Days from today back. */
  readonly ago: number
  readonly count: number
}

/** Lists where a user's token was used, day by day. */
export async function listPlaceDays(
  { pool }: Postgres,
  { username, token }: { readonly username: string; readonly token: TokenKey },
  { now, days }: Span,
): Promise<readonly PlaceDay[]> {
  const { rows } = await pool.query<PlaceDay>(
    `SELECT address, client, $4::date - day AS ago, count::float8 AS count FROM token_use
     WHERE token = $1 AND username = $2 AND day >= $3::date`,
    [token, username, dateOf(startOfDay(now, days - 1)), dateOf(now)],
  )
  return rows
}

/** Formats a day as the log has it: `2026-11-26`. */
function dateOf(at: EpochSeconds): string {
  return isoTime(at).slice(0, 10)
}
