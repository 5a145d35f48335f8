import type { Pool, PoolClient } from 'pg'

/**
 * Runs work in a transaction on a connection of its own, by the driver alone.
 *
 * For statements with thousands of values: Prisma keeps what it logs of its last hundred statements in memory, with their values.
 */
export async function inDriverTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
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
    const done = await work(client)
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
