import sql, { empty, join } from 'sql-template-tag'
import type { AuditAction } from '../../core/audit/actions.js'
import type { StoredLink } from '../../core/audit/chain.js'
import type { EpochSeconds } from '../../core/time.js'
import { type Postgres, toDate } from '../postgres/client.js'

/** Selects events; all given fields must match. */
export interface AuditSearch {
  /** The position after which to begin. */
  readonly cursor: number
  readonly action?: AuditAction | undefined
  /** Inclusive. */
  readonly since?: EpochSeconds | undefined
  /** Inclusive. */
  readonly until?: EpochSeconds | undefined
}

/**
 * Returns the next events in the order of the chain, at most `limit`. Only chained events are found: rows are committed in
 * another order than that of their numbers, and a reader by row number would skip those that were committed later.
 */
export async function searchAudit(
  { pool }: Pick<Postgres, 'pool'>,
  { cursor, action, since, until }: AuditSearch,
  limit: number,
): Promise<StoredLink[]> {
  const conditions = [
    action === undefined ? empty : sql`AND action = ${action}`,
    since === undefined ? empty : sql`AND at >= ${toDate(since)}`,
    until === undefined ? empty : sql`AND at <= ${toDate(until)}`,
  ]
  const { rows } = await pool.query<{ position: string; hash: string; event: string }>(
    sql`SELECT position, hash, event FROM audit_event WHERE position > ${cursor} ${join(conditions, ' ')}
        ORDER BY position LIMIT ${limit}`,
  )
  return rows.map(({ position, hash, event }) => ({ position: Number(position), hash, event }))
}
