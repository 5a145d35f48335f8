import type { Pool, PoolClient } from 'pg'

/**
 * Runs work in a transaction on a connection of its own, under an advisory lock: alone among all processes.
 *
 * It takes the driver's pool and not Prisma, for statements of thousands of rows.
 *
 * @param lock the number of the lock; no other kind of work has it
 * @returns undefined while another process holds the lock; the work did not run
 */
export async function inLockedTransaction<T>(
  pool: Pool,
  lock: number,
  work: (client: PoolClient) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect()
  let broken = false
  // The driver's pool listens to idle connections alone. Without a listener here, a server that goes away in the middle of
  // the work, or between two of its statements, ends this process with all its requests.
  const onBroken = () => {
    broken = true
  }
  client.on('error', onBroken)
  try {
    await client.query('BEGIN')
    const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS ours', [lock])
    const done = rows[0]?.ours ? await work(client) : undefined
    await client.query('COMMIT')
    return done
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true
    })
    throw error
  } finally {
    // A connection that failed to roll back is in an unknown state: closing it ends its transaction.
    client.release(broken)
    if (!broken) client.off('error', onBroken)
  }
}
