import type { EpochSeconds } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Postgres, type Transaction, toDate } from '../client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './change-row.js'

/** Lists the ends of a user's user tokens since an instant, latest first; none of a token that was imported again since. */
export async function listEndedTokens(
  { pool }: Postgres,
  username: string,
  since: EpochSeconds,
  limit: number,
): Promise<TokenHistoryEntry[]> {
  const { rows } = await pool.query<ChangeRow>(
    `SELECT ${CHANGE_COLUMNS} FROM token_change c
     WHERE username = $1 AND token_type = 'user' AND action IN ('revoke', 'expire') AND at > $2
       AND NOT EXISTS (SELECT 1 FROM token t WHERE t.key = c.token)
     ORDER BY at DESC, id DESC LIMIT $3`,
    [username, toDate(since), limit],
  )
  return rows.map(toChange)
}

/** Returns those of a user's tokens that have ended by their history. */
export async function endedAmong(
  db: Transaction,
  username: string,
  tokens: readonly TokenKey[],
): Promise<ReadonlySet<TokenKey>> {
  const rows = await db.tokenChange.findMany({
    where: { username, token: { in: [...tokens] }, action: { in: ['revoke', 'expire'] } },
    select: { token: true },
  })
  return new Set(rows.map(({ token }) => token as TokenKey))
}

/** Counts the user tokens that were revoked by the same act as another. */
export function countRevokedWith(db: Transaction, { username, actor, at }: TokenHistoryEntry): Promise<number> {
  return db.tokenChange.count({ where: { username, tokenType: 'user', action: 'revoke', actor, at: toDate(at) } })
}
