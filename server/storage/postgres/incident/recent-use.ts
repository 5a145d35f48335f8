import { DAY, type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Postgres } from '../client.js'

/** The last use of a token in the log, and how many there were since yesterday began. */
export interface RecentUse {
  readonly token: TokenKey
  readonly last: EpochSeconds
  /** Empty: not known. */
  readonly address: string
  readonly client: string
  readonly count: number
}

/** Reads the log of uses of many tokens in one query; a token that was never used is not in the answer. */
export async function listRecentUses(
  { pool }: Postgres,
  tokens: readonly TokenKey[],
  now: EpochSeconds,
): Promise<ReadonlyMap<TokenKey, RecentUse>> {
  if (tokens.length === 0) return new Map()
  const { rows } = await pool.query<RecentUse>(
    `SELECT token, extract(epoch FROM max(last))::float8 AS last,
       (array_agg(address ORDER BY last DESC, address))[1] AS address,
       (array_agg(client ORDER BY last DESC, address))[1] AS client,
       coalesce(sum(count) FILTER (WHERE day >= $2::date), 0)::float8 AS count
     FROM token_use WHERE token = ANY($1::text[]) GROUP BY token`,
    [tokens, isoTime(now - DAY).slice(0, 10)],
  )
  return new Map(rows.map((row) => [row.token, row]))
}
