import sql, { join, type Sql } from 'sql-template-tag'
import type { AuditAction } from '../../core/audit/actions.js'
import type { StoredLink } from '../../core/audit/chain.js'
import type { EpochSeconds } from '../../core/time.js'
import { type Postgres, toDate } from '../postgres/client.js'

/** Selects events; all given fields must match. */
export interface AuditFilter {
  readonly action?: AuditAction | undefined
  /** Inclusive. */
  readonly since?: EpochSeconds | undefined
  /** Inclusive. */
  readonly until?: EpochSeconds | undefined
}

export interface AuditSearch extends AuditFilter {
  /** The position after which to begin. */
  readonly cursor: number
}

/**
 * Returns the next events in the order of the chain, at most `limit`. Only chained events are found: rows are committed in
 * another order than that of their numbers, and a reader by row number would skip those that were committed later.
 */
export async function searchAudit(
  { pool }: Pick<Postgres, 'pool'>,
  { cursor, ...filter }: AuditSearch,
  limit: number,
): Promise<StoredLink[]> {
  const conditions = [sql`position > ${cursor}`, ...conditionsOf(filter)]
  const { rows } = await pool.query<{ position: string; hash: string; event: string }>(
    sql`SELECT position, hash, event FROM audit_event WHERE ${join(conditions, ' AND ')}
        ORDER BY position LIMIT ${limit}`,
  )
  return rows.map(({ position, hash, event }) => ({ position: Number(position), hash, event }))
}

/** Returns the conditions of a filter, on columns of `audit_event`. */
export function conditionsOf({ action, since, until }: AuditFilter): readonly Sql[] {
  return [
    ...(action === undefined ? [] : [sql`action = ${action}`]),
    ...(since === undefined ? [] : [sql`at >= ${toDate(since)}`]),
    ...(until === undefined ? [] : [sql`at <= ${toDate(until)}`]),
  ]
}
