import type { Pool, PoolClient } from 'pg'

/** SQLSTATE of a write to a server that takes none: a replica, or a primary that was demoted or set to read only. */
const READ_ONLY = '25006'

/**
 * Closes connections that must not serve the next query.
 *
 * - One that is released in the middle of a transaction: its last statement was given up when the server did not answer in
 *   time, and what the next user writes would be part of that transaction, and lost with it.
 * - All of them, once the server has refused a write because it is read only. After a failover a connection to the former
 *   primary stays open and answers reads, of data that grow old; the next connection reaches the new primary.
 *
 * @param onReadOnly is called once each time that all connections are given up
 * @returns gives up all connections
 */
export function closeUnusable(pool: Pool, onReadOnly: (error: Error) => void): () => void {
  const open = new Set<PoolClient>()
  const givenUp = new WeakSet<PoolClient>()

  function giveUpAll(): void {
    for (const client of open) givenUp.add(client)
    // An idle connection is closed as one in use: when it is released.
    for (let idle = pool.idleCount; idle > 0; idle--) pool.connect().then(release, () => undefined)
    onReadOnly(Object.assign(new Error('It takes no writes; all connections are given up'), { code: READ_ONLY }))
  }

  pool.on('connect', (client) => {
    open.add(client)
    client.connection.on('errorMessage', ({ code }: { readonly code?: string }) => {
      if (code === READ_ONLY && !givenUp.has(client)) giveUpAll()
    })
  })
  pool.on('release', (_error, client) => {
    // The pool drops a connection that is ending.
    if (givenUp.has(client) || client.getTransactionStatus() !== 'I') void client.end()
  })
  pool.on('remove', (client) => open.delete(client))
  return giveUpAll
}

const release = (client: PoolClient): void => client.release()
