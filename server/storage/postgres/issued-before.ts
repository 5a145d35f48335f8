import type { EpochSeconds } from '../../core/time.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { type Postgres, toDate } from './client.js'
import { takeLocked } from './tokens.js'

/** What was issued before an instant and is still valid, of all users. */
export interface IssuedBefore {
  readonly sessions: number
  readonly userTokens: number
  readonly serviceTokens: number
  /** How many users these belong to. */
  readonly users: number
}

/**
 * Tokens from before $1 that have not expired by $2; and later ones that were made with one of them, for a thief makes heirs.
 * The makers' creation is read from the history, which has it also when the maker is revoked.
 */
const TOKENS = `
  FROM token t WHERE (t.expires IS NULL OR t.expires > $2)
  AND (t.created < $1 OR EXISTS (
    SELECT 1 FROM token_change c WHERE c.token = ANY(t.makers) AND c.action = 'create' AND c.at < $1))`

/**
 * Sessions live in Redis; the history has each of them, also those that Redis does not list. An imported one has a row among
 * the tokens.
 */
const SESSIONS = `
  FROM token_change c WHERE c.token_type = 'session' AND c.action = 'create' AND c.at < $1 AND c.expires > $2
  AND NOT EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = c.token)
  AND NOT EXISTS (SELECT 1 FROM token_import i WHERE i.key = c.token)`

/** Counts without changing anything. */
export async function countIssuedBefore(
  { pool }: Postgres,
  before: EpochSeconds,
  now: EpochSeconds,
): Promise<IssuedBefore> {
  const { rows } = await pool.query<IssuedBefore>(
    `WITH tokens AS (SELECT t.username, t.type ${TOKENS}), sessions AS (SELECT c.username ${SESSIONS})
     SELECT (SELECT count(*)::int FROM sessions) + (SELECT count(*)::int FROM tokens WHERE type = 'session') AS sessions,
       (SELECT count(*)::int FROM tokens WHERE type = 'user') AS "userTokens",
       (SELECT count(*)::int FROM tokens WHERE type = 'service') AS "serviceTokens",
       (SELECT count(*)::int FROM (SELECT username FROM tokens UNION SELECT username FROM sessions) u) AS users`,
    [toDate(before), toDate(now)],
  )
  const [counted] = rows
  if (!counted) throw new Error('A count without an answer')
  return counted
}

/** Deletes such tokens, at most `limit`, and returns them. */
export async function takeIssuedBefore(
  work: UnitOfWork,
  { before, now }: { readonly before: EpochSeconds; readonly now: EpochSeconds },
  limit: number,
): Promise<TokenRecord[]> {
  const keys = await work.db.$queryRawUnsafe<{ key: TokenKey }[]>(
    `SELECT t.key ${TOKENS} ORDER BY t.key LIMIT ${Math.trunc(limit)} FOR UPDATE OF t`,
    toDate(before),
    toDate(now),
  )
  return takeLocked(work, keys)
}

/** A session, as the history has it. */
export interface IssuedSession {
  readonly id: string
  readonly key: TokenKey
  readonly username: string
}

/** Lists such sessions after a history entry, in the order of the history. */
export async function sessionsIssuedBefore(
  { pool }: Postgres,
  { before, now, after }: { readonly before: EpochSeconds; readonly now: EpochSeconds; readonly after: string },
  limit: number,
): Promise<readonly IssuedSession[]> {
  const { rows } = await pool.query<IssuedSession>(
    `SELECT c.id, c.token AS key, c.username ${SESSIONS} AND c.id > $3 ORDER BY c.id LIMIT $4`,
    [toDate(before), toDate(now), after, limit],
  )
  return rows
}
