import type { ActId } from '../../../core/token/act.js'
import type { TokenType } from '../../../core/token/record.js'
import { type Postgres, toDate } from '../client.js'
import type { IncidentAct } from './acts.js'

/** What an act has ended of one user. */
export interface EndedOf {
  readonly username: string
  readonly type: TokenType
  readonly count: number
}

/** Counts what an act has revoked, by user and type, as the history has it. */
export async function countRevokedBy({ pool }: Postgres, act: ActId): Promise<readonly EndedOf[]> {
  const { rows } = await pool.query<EndedOf>(
    `SELECT username, token_type AS type, count(DISTINCT token)::int AS count FROM token_change
     WHERE act = $1 AND action = 'revoke' GROUP BY 1, 2 ORDER BY 1, 2`,
    [act],
  )
  return rows
}

/** As {@link countRevokedBy}, what an act has suspended, also where that was lifted since. */
export async function countSuspendedBy(
  { pool }: Postgres,
  { id, at }: Pick<IncidentAct, 'id' | 'at'>,
): Promise<readonly EndedOf[]> {
  const { rows } = await pool.query<EndedOf>(
    `SELECT s.username, c.token_type AS type, count(DISTINCT s.token)::int AS count
     FROM suspension_change s JOIN LATERAL (
       SELECT token_type FROM token_change WHERE token = s.token ORDER BY at DESC, id DESC LIMIT 1
     ) c ON true
     WHERE s.act = $1 AND s.at >= $2 AND s.action = 'suspend' GROUP BY 1, 2 ORDER BY 1, 2`,
    [id, toDate(at)],
  )
  return rows
}
