import type { TokenKey } from '../../../core/token/token.js'
import type { Postgres } from '../client.js'

/** Returns those of these keys that are tokens here, or were imported before and may have ended since. */
export async function importedBefore({ pool }: Postgres, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
  const text = 'SELECT key FROM token WHERE key = ANY($1) UNION SELECT key FROM token_import WHERE key = ANY($1)'
  const { rows } = await pool.query<{ key: TokenKey }>(text, [keys])
  return new Set(rows.map(({ key }) => key))
}
