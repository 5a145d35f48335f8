import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import { fromDate, type Postgres, toDate } from './client.js'

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
 * and those whose owner was already warned of this end, at this threshold or a later one, or is being warned. A warning from
 * before the span was of another end: the token was used or extended since.
 */
const DUE = `
  SELECT username, key, name, ends, idle, email FROM (
    SELECT username, key, name, created, pinned->>'email' AS email,
      least(expires, idle_end) AS ends, coalesce(idle_end < expires, idle_end IS NOT NULL) AS idle
    FROM (SELECT *, greatest(last_used, used_below, created) + $3::int * interval '1 second' AS idle_end FROM token) t
    WHERE type = 'user') t
  WHERE ends > $1 AND ends <= $1 + $2::int * interval '1 second' AND created <= ends - $2::int * interval '1 second'
    AND NOT EXISTS (SELECT 1 FROM token_warning w WHERE w.token = t.key AND w.threshold <= $2
      AND w.at >= ends - w.threshold * interval '1 second' AND (w.retry_at IS NULL OR w.retry_at > $1))
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

/**
 * Claims the warnings of these tokens until an instant; returns those that no other process has claimed or sent. A process that
 * dies, or finds no mail server, leaves them to the next try.
 */
export async function claimWarnings(
  { prisma }: Postgres,
  tokens: readonly EndingToken[],
  threshold: EpochSeconds,
  { now, until }: { readonly now: EpochSeconds; readonly until: EpochSeconds },
): Promise<ReadonlySet<TokenKey>> {
  const keys = tokens.map(({ key }) => key)
  const ends = tokens.map((token) => toDate(token.ends))
  const rows = await prisma.$queryRaw<{ token: TokenKey }[]>`
    INSERT INTO token_warning AS mine (token, threshold, at, retry_at)
    SELECT key, ${threshold}::int, ${toDate(now)}, ${toDate(until)} FROM token WHERE key = ANY(${keys}) ORDER BY key
    ON CONFLICT (token, threshold) DO UPDATE SET at = excluded.at, retry_at = excluded.retry_at
    WHERE mine.retry_at <= excluded.at OR mine.at < (
      SELECT ends - ${threshold}::int * interval '1 second'
      FROM unnest(${keys}::text[], ${ends}::timestamptz[]) AS seen (key, ends) WHERE seen.key = mine.token)
    RETURNING token`
  return new Set(rows.map(({ token }) => token))
}

/** Notes that claimed warnings were sent, or are not to be. */
export async function endWarnings(
  { prisma }: Postgres,
  keys: readonly TokenKey[],
  threshold: EpochSeconds,
): Promise<void> {
  await prisma.tokenWarning.updateMany({ where: { token: { in: [...keys] }, threshold }, data: { retryAt: null } })
}
