import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'

/** What a user has beside tokens that are alive; most users have nothing of it. */
export interface BesideTokens {
  readonly notices: boolean
  readonly suspensions: boolean
  /** Tokens that have ended since an instant. */
  readonly ended: boolean
  /** Sessions and delegated tokens that were imported. */
  readonly imported: boolean
}

/** Asks what a user has beside tokens, in one statement: the lists themselves are then asked only for what there is. */
export async function besideTokens(
  { pool, prepared }: Postgres,
  username: string,
  since: EpochSeconds,
): Promise<BesideTokens> {
  const { rows } = await pool.query<BesideTokens>({ ...prepared(BESIDE), values: [username, toDate(since)] })
  return rows[0] ?? { notices: true, suspensions: true, ended: true, imported: true }
}

const BESIDE = {
  name: 'beside-tokens',
  text: `SELECT
      EXISTS (SELECT FROM notice WHERE username = $1 AND dismissed IS NULL)
        OR EXISTS (SELECT FROM notice_sum WHERE username = $1) AS notices,
      EXISTS (SELECT FROM token_suspension WHERE username = $1) AS suspensions,
      EXISTS (SELECT FROM token_change WHERE username = $1 AND at > $2 AND token_type = 'user'
        AND action IN ('revoke', 'expire')) AS ended,
      EXISTS (SELECT FROM token WHERE username = $1 AND type NOT IN ('user', 'service')) AS imported`,
}
