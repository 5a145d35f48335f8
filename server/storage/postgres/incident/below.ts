import type { EpochSeconds } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Postgres, toDate } from '../client.js'

/** A token that was delegated from others, directly or not. */
export interface TokenBelow {
  readonly key: TokenKey
  /** Whether it has not ended. */
  readonly isLive: boolean
}

/** Lists the tokens that were delegated from some, as the history has them, and the imported ones. */
export async function listBelow(
  { pool }: Postgres,
  keys: readonly TokenKey[],
  now: EpochSeconds,
): Promise<readonly TokenBelow[]> {
  if (keys.length === 0) return []
  const { rows } = await pool.query<TokenBelow>(
    `WITH RECURSIVE child AS NOT MATERIALIZED (
       SELECT token AS key, parent FROM token_change WHERE action = 'create' AND parent IS NOT NULL
       UNION ALL SELECT key, parent FROM token WHERE parent IS NOT NULL
     ), below AS (
       SELECT key FROM child WHERE parent = ANY($1::text[])
       UNION SELECT child.key FROM below JOIN child ON child.parent = below.key
     )
     SELECT b.key, EXISTS (SELECT 1 FROM token t WHERE t.key = b.key AND (t.expires IS NULL OR t.expires > $2))
       OR (EXISTS (SELECT 1 FROM token_change c WHERE c.token = b.key AND c.action = 'create' AND c.expires > $2)
         AND NOT EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = b.key)
         AND NOT EXISTS (SELECT 1 FROM token_change e WHERE e.token = b.key AND e.action IN ('revoke', 'expire'))) AS "isLive"
     FROM below b`,
    [keys, toDate(now)],
  )
  return rows
}
