import type { EpochSeconds } from '../../../core/time.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Postgres, toDate } from '../client.js'
import { TOKEN_COLUMNS, type TokenRow, toRecord } from '../token-row.js'

/** Returns those of these keys that were imported once. */
export async function importedKeys({ pool }: Postgres, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
  const { rows } = await pool.query<{ key: TokenKey }>('SELECT key FROM token_import WHERE key = ANY($1)', [keys])
  return new Set(rows.map(({ key }) => key))
}

/** Returns those of these tokens that have rows and are not suspended. */
export async function tokensOf(
  { pool }: Postgres,
  keys: readonly TokenKey[],
): Promise<ReadonlyMap<TokenKey, TokenRecord>> {
  const { rows } = await pool.query<TokenRow>(
    `SELECT ${TOKEN_COLUMNS} FROM token t WHERE t.key = ANY($1)
     AND NOT EXISTS (SELECT 1 FROM token_suspension s WHERE s.key = t.key)`,
    [keys],
  )
  return new Map(rows.map((row) => [row.key as TokenKey, toRecord(row)]))
}

/** Returns those of these users who are disabled. */
export async function disabledAmong({ pool }: Postgres, usernames: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ username: string }>(
    `SELECT username FROM account WHERE disabled IS NOT NULL AND username = ANY($1)
     UNION SELECT username FROM person WHERE disabled IS NOT NULL AND username = ANY($1)`,
    [usernames],
  )
  return new Set(rows.map(({ username }) => username))
}

/** Counts the sessions that began here and have not ended. */
export async function countOwnSessions({ pool }: Postgres, now: EpochSeconds): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM token_change c
     WHERE c.token_type = 'session' AND c.action = 'create' AND c.expires > $1
       AND NOT EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = c.token)
       AND NOT EXISTS (SELECT 1 FROM token_import i WHERE i.key = c.token)`,
    [toDate(now)],
  )
  return rows[0]?.count ?? 0
}
