import type { EpochSeconds } from '../../../core/time.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { type Postgres, toDate } from '../client.js'
import { takeLocked } from '../tokens.js'

/** Returns whether there is a token for {@link takeIdleTokens} to look at; most times there is none, and no transaction either. */
export async function mayHaveIdleTokens(
  { pool }: Postgres,
  type: 'user' | 'service',
  since: EpochSeconds,
): Promise<boolean> {
  const { rows } = await pool.query('SELECT FROM token WHERE type = $1::token_type AND use_seen <= $2 LIMIT 1', [
    type,
    toDate(since),
  ])
  return rows.length > 0
}

/**
 * Deletes tokens of a type whose last use is at an instant or before, and returns them. Their creation and uses of tokens
 * delegated from them count as uses. Looks at `limit` tokens at most, and returns at how many it has looked.
 *
 * An index of the last use would be written with every use. So the index is of the last use that was seen here: a token is
 * looked at when that one is old, and then, if it was used since, not again for as long as it may be idle. `use_seen` is never
 * later than the last use.
 */
export async function takeIdleTokens(
  writing: UnitOfWork,
  type: 'user' | 'service',
  since: EpochSeconds,
  limit: number,
): Promise<{ readonly ended: TokenRecord[]; readonly looked: number }> {
  // Skips those that a concurrent sweep has locked.
  const rows = await writing.db.$queryRaw<{ key: TokenKey; idle: boolean }[]>`
    SELECT key, greatest(last_used, used_below, created) <= ${toDate(since)} AS idle FROM token
    WHERE type = ${type}::token_type AND use_seen <= ${toDate(since)}
    ORDER BY use_seen LIMIT ${limit} FOR UPDATE SKIP LOCKED`
  const used = rows.filter(({ idle }) => !idle).map(({ key }) => key)
  if (used.length > 0) {
    await writing.db.$executeRaw`
      UPDATE token SET use_seen = greatest(last_used, used_below, created) WHERE key = ANY(${used}::text[])`
  }
  const idle = rows.filter((row) => row.idle)
  return { ended: idle.length > 0 ? await takeLocked(writing, idle) : [], looked: rows.length }
}
