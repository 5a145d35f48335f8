import { DAY, type EpochSeconds } from '../../../core/time.js'
import type { TokenRecord } from '../../../core/token/record.js'
import { type Postgres, type Transaction, toDate } from '../client.js'
import { fromPrisma } from '../token-row.js'

/** How long a token is not used before it is worth a look. */
export const UNUSED_DAYS = 90

/** How much there is at a site. */
export interface SiteNumbers {
  /** Users whose token or session acted since midnight UTC; the users of service tokens are none. */
  readonly people: number
  /** User and service tokens. */
  readonly tokens: number
  readonly endless: number
  /** Tokens that were not used for {@link UNUSED_DAYS}, or were never used since they were created as long ago. */
  readonly unused: number
  /** Signed in and neither ended nor expired. */
  readonly sessions: number
}

/** Counts people, tokens and sessions. Sessions are counted by their history: no server lists the keys of Redis. */
export async function countSite({ pool }: Postgres, now: EpochSeconds): Promise<SiteNumbers> {
  const { rows } = await pool.query<SiteNumbers>(
    `WITH t AS (
       SELECT count(*) AS tokens, count(*) FILTER (WHERE expires IS NULL) AS endless,
         count(*) FILTER (WHERE greatest(created, last_used, used_below) < $2) AS unused
       FROM token WHERE type IN ('user', 'service') AND (expires IS NULL OR expires > $1)
     )
     SELECT t.tokens::float8, t.endless::float8, t.unused::float8,
       (SELECT count(DISTINCT username)::float8 FROM token_use
        WHERE day = ($1::timestamptz AT TIME ZONE 'UTC')::date AND NOT username LIKE 'bot-%') AS people,
       (SELECT count(*)::float8 FROM token_change c
        WHERE c.action = 'create' AND c.expires > $1 AND c.token_type = 'session' AND NOT EXISTS (
          SELECT 1 FROM token_change e WHERE e.token = c.token AND e.action IN ('revoke', 'expire'))) AS sessions
     FROM t`,
    [toDate(now), toDate(now - UNUSED_DAYS * DAY)],
  )
  return rows[0] ?? { people: 0, tokens: 0, endless: 0, unused: 0, sessions: 0 }
}

/** Counts the user and service tokens that expire on each of the next days, today first. */
export async function countEnding({ pool }: Postgres, now: EpochSeconds, days: number): Promise<readonly number[]> {
  const start = Math.floor(now / DAY)
  const { rows } = await pool.query<{ day: number; count: number }>(
    `SELECT floor(extract(epoch FROM expires) / ${DAY})::int AS day, count(*)::float8 AS count FROM token
     WHERE type IN ('user', 'service') AND expires > $1 AND expires < $2 GROUP BY 1`,
    [toDate(now), toDate((start + days) * DAY)],
  )
  const counts = new Map(rows.map(({ day, count }) => [day, count]))
  return Array.from({ length: days }, (_, index) => counts.get(start + index) ?? 0)
}

/** Lists the user and service tokens that expire in a span of time, the soonest first. */
export async function listEnding(
  db: Transaction,
  from: EpochSeconds,
  until: EpochSeconds,
  limit: number,
): Promise<readonly TokenRecord[]> {
  const rows = await db.token.findMany({
    where: { type: { in: ['user', 'service'] }, expires: { gt: toDate(from), lt: toDate(until) } },
    orderBy: [{ expires: 'asc' }, { key: 'asc' }],
    take: limit,
  })
  return rows.map(fromPrisma)
}
