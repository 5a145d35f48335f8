import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import { fromDate, type Postgres, type Transaction, toDate } from './client.js'

/** A token whose owner is due a warning. */
export interface EndingToken {
  readonly key: TokenKey
  readonly name: string
  readonly ends: EpochSeconds
  /** Whether a use before then postpones it. */
  readonly idle: boolean
  readonly email?: string
}

interface DueRow {
  readonly username: string
  readonly key: TokenKey
  readonly name: string
  readonly ends: Date
  readonly idle: boolean
  readonly email: string | null
}

/**
 * User tokens that end within a span from now. Excludes those created within it, whose owner has just read when they end,
 * and those whose owner was already warned at this threshold or a later one.
 */
const DUE = `
  SELECT username, key, name, ends, idle, email FROM (
    SELECT username, key, name, created, pinned->>'email' AS email,
      least(expires, idle_end) AS ends, coalesce(idle_end < expires, idle_end IS NOT NULL) AS idle
    FROM (SELECT *, greatest(last_used, used_below, created) + $3::int * interval '1 second' AS idle_end FROM token) t
    WHERE type = 'user') t
  WHERE ends > $1 AND ends <= $1 + $2::int * interval '1 second' AND created <= ends - $2::int * interval '1 second'
    AND NOT EXISTS (SELECT 1 FROM token_warning w WHERE w.token = t.key AND w.threshold <= $2)
  ORDER BY username, ends LIMIT 1000`

/** Finds the tokens due a warning, by user name. */
export async function findEnding(
  { pool }: Postgres,
  now: EpochSeconds,
  threshold: EpochSeconds,
  idle: EpochSeconds | undefined,
): Promise<ReadonlyMap<string, readonly EndingToken[]>> {
  const { rows } = await pool.query<DueRow>(DUE, [toDate(now), threshold, idle ?? null])
  const due = new Map<string, EndingToken[]>()
  for (const { username, email, ends, ...rest } of rows) {
    const token = { ...rest, ends: fromDate(ends), ...(email !== null && { email }) }
    due.set(username, [...(due.get(username) ?? []), token])
  }
  return due
}

/** Claims the warnings of these tokens; returns those that no other process has claimed. Locks until the transaction ends. */
export async function claimWarnings(
  db: Transaction,
  keys: readonly TokenKey[],
  threshold: EpochSeconds,
  at: EpochSeconds,
): Promise<ReadonlySet<TokenKey>> {
  const rows = await db.$queryRaw<{ token: TokenKey }[]>`
    INSERT INTO token_warning (token, threshold, at)
    SELECT key, ${threshold}::int, ${toDate(at)} FROM token WHERE key = ANY(${[...keys]}) ORDER BY key
    ON CONFLICT DO NOTHING RETURNING token`
  return new Set(rows.map(({ token }) => token))
}
