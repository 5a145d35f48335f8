import type { Pool, PoolClient } from 'pg'
import { inDriverTransaction } from './connection/driver-transaction.js'

/**
 * Runs work in a transaction on a connection of its own, under an advisory lock: alone among all processes.
 *
 * @param lock the number of the lock; no other kind of work has it
 * @returns undefined while another process holds the lock; the work did not run
 */
export function inLockedTransaction<T>(
  pool: Pool,
  lock: number,
  work: (client: PoolClient) => Promise<T>,
): Promise<T | undefined> {
  return inDriverTransaction(pool, async (client) => {
    const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [lock])
    return rows[0]?.ours ? work(client) : undefined
  })
}
