import type { StoredLink } from '../../core/audit/chain.js'
import type { Postgres } from '../postgres/client.js'

/**
 * Reads links in the order of the chain. Only chained events are read: rows are committed in another order than that of
 * their numbers, and a reader by row number would skip those that were committed later.
 */
export async function readLinks(
  pool: Postgres['pool'],
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<StoredLink[]> {
  const { rows } = await pool.query<{ position: string; hash: string; event: string }>(
    'SELECT position, hash, event FROM audit_event WHERE position > $1 ORDER BY position LIMIT $2',
    [after, limit],
  )
  return rows.map(({ position, hash, event }) => ({ position: Number(position), hash, event }))
}
