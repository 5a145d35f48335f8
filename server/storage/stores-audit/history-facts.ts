import { type HistoryFacts, NO_HISTORY } from '../../core/stores-audit/history.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import { type Postgres, toDate } from '../postgres/client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from '../postgres/history/change-row.js'

type Database = Pick<Postgres, 'pool'>

/** Finds how far the histories of these tokens have come. */
export async function historiesOf({ pool }: Database, keys: readonly string[]): Promise<(key: string) => HistoryFacts> {
  const { rows } = await pool.query<HistoryFacts & { token: string }>(
    `SELECT token, bool_or(action = 'create') AS "isBegun", bool_or(action IN ('revoke', 'expire')) AS "isEnded"
     FROM token_change WHERE token = ANY($1) GROUP BY token`,
    [keys],
  )
  const histories = new Map(rows.map(({ token, ...facts }) => [token, facts]))
  return (key) => histories.get(key) ?? NO_HISTORY
}

/** Returns those of these tokens whose revocation is recorded. */
export async function revokedOf({ pool }: Database, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ key: string }>('SELECT key FROM token_revocation WHERE key = ANY($1)', [keys])
  return new Set(rows.map(({ key }) => key))
}

/** Returns those of these tokens that were imported. */
export async function importedOf({ pool }: Database, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ key: string }>('SELECT key FROM token_import WHERE key = ANY($1)', [keys])
  return new Set(rows.map(({ key }) => key))
}

/*
 * Creations without an end: of the token, or of one that it came from. Of tokens in PostgreSQL those that are not there; whether
 * Redis has one, Redis must say.
 */
const UNENDED = `
  c.action = 'create' AND (c.expires IS NULL OR c.expires > $1) AND c.at < $2
  AND NOT EXISTS (SELECT 1 FROM token t WHERE t.key = c.token)
  AND NOT EXISTS (SELECT 1 FROM token_change r WHERE r.token = c.token AND r.action IN ('revoke', 'expire'))
  AND NOT EXISTS (
    WITH RECURSIVE above AS (
      SELECT c.parent AS token
      UNION SELECT a.parent FROM above JOIN token_change a ON a.token = above.token AND a.parent IS NOT NULL)
    SELECT 1 FROM above JOIN token_change r ON r.token = above.token AND r.action IN ('revoke', 'expire'))`

/** Which creations are judged: of tokens that have not expired, and from before an instant. */
interface Span {
  readonly now: EpochSeconds
  readonly before: EpochSeconds
}

/** Entries to a statement: a table of millions is read in parts. */
const ENTRIES_PER_STEP = 10_000

/** Names the tokens of such creations, in parts, in the order of the history. */
export async function* unendedKeys({ pool }: Database, { now, before }: Span): AsyncGenerator<readonly string[]> {
  const { rows: bounds } = await pool.query<{ first: string | null; last: string | null }>(
    'SELECT min(id) AS first, max(id) AS last FROM token_change',
  )
  const last = Number(bounds[0]?.last ?? 0)
  for (let from = Number(bounds[0]?.first ?? 1); from <= last; from += ENTRIES_PER_STEP) {
    const { rows } = await pool.query<{ token: string }>(
      `SELECT DISTINCT c.token FROM token_change c WHERE ${UNENDED} AND c.id >= $3 AND c.id < $4`,
      [toDate(now), toDate(before), from, from + ENTRIES_PER_STEP],
    )
    if (rows.length > 0) yield rows.map(({ token }) => token)
  }
}

/** Finds the creations among these that are still without an end. */
export async function unendedOf(
  { pool }: Database,
  keys: readonly string[],
  { now, before }: Span,
): Promise<TokenHistoryEntry[]> {
  const { rows } = await pool.query<ChangeRow>(
    `SELECT DISTINCT ON (c.token) ${CHANGE_COLUMNS} FROM token_change c WHERE ${UNENDED} AND c.token = ANY($3)
     ORDER BY c.token, c.id DESC`,
    [toDate(now), toDate(before), keys],
  )
  return rows.map(toChange)
}
