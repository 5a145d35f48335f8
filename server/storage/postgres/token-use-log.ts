import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import { OTHER_PLACES, type UsePlace } from '../../core/token/use-place.js'
import { fromDate, type Postgres, type Transaction, toDate } from './client.js'
import type { Statements } from './connection/statements.js'

/** Uses of one token from one address with one client, in a span of time. */
export interface UseEntry extends UsePlace {
  readonly token: TokenKey
  readonly username: string
  readonly first: EpochSeconds
  readonly last: EpochSeconds
  readonly count: number
}

/** A place of a day that the log did not have. */
export interface NewEntry extends UsePlace {
  readonly token: TokenKey
  /** As in the log: `2026-11-26`. */
  readonly day: string
  readonly first: EpochSeconds
}

/**
 * Adds uses to the log in one statement; sums those of one day, address and client, and returns the new rows. Of a token on a day it tells so many
 * places apart; the uses from others are summed up. Several processes that see a token for the first time at one moment may
 * each add as many.
 *
 * Attack: a client with a new User-Agent in each request writes a row for each.
 */
export function appendUses(
  statements: Statements,
  entries: readonly UseEntry[],
  placesPerDay: number,
): Promise<NewEntry[]> {
  const column = <T>(pick: (entry: UseEntry) => T) => entries.map(pick)
  return statements.run<NewEntry>(
    `WITH e AS (
       SELECT token, address, client, username, to_timestamp(since) AS first, to_timestamp(until) AS last, count,
         (to_timestamp(until) AT TIME ZONE 'UTC')::date AS day, address = $9 AND client = $10 AS is_rest
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::bigint[])
         AS u(token, address, client, username, since, until, count)
     ), known AS (
       SELECT token, day, count(*) AS places FROM token_use
       WHERE (token, day) IN (SELECT token, day FROM e) AND NOT (address = $9 AND client = $10)
       GROUP BY token, day
     ), judged AS (
       SELECT e.*, u.token IS NOT NULL AS is_known, coalesce(known.places, 0) +
         row_number() OVER (PARTITION BY e.token, e.day, u.token IS NULL, e.is_rest ORDER BY e.first, e.address, e.client) AS place
       FROM e LEFT JOIN known USING (token, day) LEFT JOIN token_use u USING (token, day, address, client)
     ), placed AS (
       SELECT token, day, username, first, last, count,
         CASE WHEN is_known OR place <= $8 THEN address ELSE $9 END AS address,
         CASE WHEN is_known OR place <= $8 THEN client ELSE $10 END AS client
       FROM judged
     ), written AS (
     INSERT INTO token_use AS u (token, day, address, client, username, first, last, count)
     SELECT token, day, address, client, min(username), min(first), max(last), sum(count) FROM placed
     GROUP BY token, day, address, client ORDER BY token, day, address, client
     ON CONFLICT (token, day, address, client) DO UPDATE
       SET first = least(u.first, excluded.first), last = greatest(u.last, excluded.last), count = u.count + excluded.count
     -- No other transaction has ended a row that was inserted here.
     RETURNING token, day, address, client, first, xmax = 0 AS is_new
     )
     SELECT token, day::text, address, client, extract(epoch FROM first)::float8 AS first FROM written
     WHERE is_new ORDER BY first, address, client`,
    [
      column(({ token }) => token),
      column(({ address }) => address),
      column(({ client }) => client),
      column(({ username }) => username),
      column(({ first }) => first),
      column(({ last }) => last),
      column(({ count }) => count),
      placesPerDay,
      OTHER_PLACES.address,
      OTHER_PLACES.client,
    ],
  )
}

/** Lists the places of tokens' uses over all days, apart from the new rows. */
export function listPlacesBefore(
  statements: Statements,
  fresh: readonly NewEntry[],
): Promise<(UsePlace & { readonly token: TokenKey })[]> {
  const column = <T>(pick: (entry: NewEntry) => T) => fresh.map(pick)
  return statements.run<UsePlace & { token: TokenKey }>(
    `SELECT DISTINCT token, address, client FROM token_use u
     WHERE token = ANY($1::text[]) AND NOT EXISTS (
       SELECT 1 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS f(token, day, address, client)
       WHERE f.token = u.token AND f.day = u.day::text AND f.address = u.address AND f.client = u.client)`,
    [
      column(({ token }) => token),
      column(({ day }) => day),
      column(({ address }) => address),
      column(({ client }) => client),
    ],
  )
}

/** Lists the latest uses of a user's token, latest first. */
export async function listUses(db: Transaction, username: string, token: TokenKey, limit: number): Promise<UseEntry[]> {
  const rows = await db.tokenUse.findMany({
    where: { username, token },
    orderBy: [{ last: 'desc' }, { address: 'asc' }],
    take: limit,
  })
  return rows.map((row) => ({
    token,
    username,
    address: row.address,
    client: row.client,
    first: fromDate(row.first),
    last: fromDate(row.last),
    count: Number(row.count),
  }))
}

/** Uses of a token from one address with one client, over all days of the log. */
export type UsedFrom = Pick<UseEntry, 'address' | 'client' | 'first' | 'last' | 'count'>

/** Lists addresses and clients from which a user's token was used, latest first. */
export async function listUsedFrom(
  { pool }: Postgres,
  username: string,
  token: TokenKey,
  limit: number,
): Promise<UsedFrom[]> {
  const { rows } = await pool.query<UsedFrom>(
    `SELECT address, client, sum(count)::float8 AS count,
       extract(epoch FROM min(first))::float8 AS first, extract(epoch FROM max(last))::float8 AS last
     FROM token_use WHERE token = $1 AND username = $2
     GROUP BY address, client ORDER BY max(last) DESC, address, client LIMIT $3`,
    [token, username, limit],
  )
  return rows
}

/** Deletes the oldest entries from before an instant, at most `limit`; returns their number. */
export async function deleteOldUses({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT ctid FROM token_use WHERE day < $1::date ORDER BY day LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM token_use WHERE ctid IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
