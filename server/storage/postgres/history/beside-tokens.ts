import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, toDate } from '../client.js'
import { OWNER_COLUMNS, OWNER_OF, type OwnerRow, ownerIn, type PersonRows } from '../people.js'

/** What a user has beside tokens that are alive; most users have nothing of it. */
interface Has {
  readonly notices: boolean
  readonly suspensions: boolean
  /** Tokens that have ended since an instant. */
  readonly ended: boolean
  /** Sessions and delegated tokens that were imported. */
  readonly imported: boolean
}

/** The same, and what PostgreSQL has of the user. */
export interface BesideTokens extends Has {
  readonly owner: PersonRows
}

/** Asks who a user is, and what they have beside tokens, in one statement: the lists themselves are then asked only for what there is. */
export async function besideTokens(
  { pool, prepared }: Postgres,
  username: string,
  since: EpochSeconds,
): Promise<BesideTokens> {
  const { rows } = await pool.query<Has & OwnerRow>({ ...prepared(BESIDE), values: [username, toDate(since)] })
  const [row] = rows
  return row
    ? { ...row, owner: ownerIn(row) }
    : { notices: true, suspensions: true, ended: true, imported: true, owner: {} }
}

const BESIDE = {
  name: 'beside-tokens',
  text: `SELECT
      EXISTS (SELECT FROM notice WHERE username = $1 AND dismissed IS NULL)
        OR EXISTS (SELECT FROM notice_sum WHERE username = $1) AS notices,
      EXISTS (SELECT FROM token_suspension WHERE username = $1) AS suspensions,
      EXISTS (SELECT FROM token_change WHERE username = $1 AND at > $2 AND token_type = 'user'
        AND action IN ('revoke', 'expire')) AS ended,
      EXISTS (SELECT FROM token WHERE username = $1 AND type NOT IN ('user', 'service')) AS imported,
      ${OWNER_COLUMNS}
    FROM (VALUES ($1::text)) asked (name) ${OWNER_OF('asked.name')}`,
}
