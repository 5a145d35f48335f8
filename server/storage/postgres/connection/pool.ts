import pg from 'pg'
import { closeUnusable } from './close-unusable.js'

/** A statement that each connection prepares once: the next time it is neither parsed nor planned. */
export interface PreparedStatement {
  /** The same text everywhere. */
  readonly name: string
  readonly text: string
}

/** A pool of connections to PostgreSQL. */
export interface ConnectionPool {
  readonly pool: pg.Pool
  /** Returns the statement as it may be sent: without its name where connections go through a pooler. */
  prepared(statement: PreparedStatement): { readonly name?: string; readonly text: string }
  /** Asks whether the server takes writes. Gives up all connections to one that does not. */
  takesWrites(): Promise<boolean>
}

/**
 * Opens a pool; the first query connects.
 *
 * A pooler such as PgBouncer in transaction mode gives each transaction any of its connections: a statement that is prepared
 * on one is missing on the next, or is there already, under the name that another process gave it. So statements have names
 * only while every connection is seen to be direct.
 *
 * @param onError is called when an idle connection breaks, and when the server takes no writes
 */
export function openPool(config: pg.PoolConfig, onError: (error: Error) => void): ConnectionPool {
  let isPooled = false
  let isKnown = false
  const pool = new pg.Pool({
    ...config,
    onConnect: async (client) => {
      isPooled = !(await isDirect(client)) || isPooled
      isKnown = true
    },
  })
  // An 'error' without a listener would end the process when the server closes an idle connection.
  pool.on('error', onError)
  const giveUpAll = closeUnusable(pool, onError)
  return {
    pool,
    prepared: ({ name, text }) => (isKnown && !isPooled ? { name, text } : { text }),
    async takesWrites() {
      const { rows } = await pool.query<{ refuses: boolean }>(REFUSES_WRITES)
      const refuses = rows[0]?.refuses ?? false
      if (refuses) giveUpAll()
      return !refuses
    },
  }
}

/** Asks whether the server takes no writes; a replica takes none, either. */
export const REFUSES_WRITES = `SELECT current_setting('transaction_read_only')::boolean AS refuses`

/** Returns whether the process that we connected to is the one that answers. A pooler has process numbers of its own. */
async function isDirect(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return 'processID' in client && client.processID === rows[0]?.pid
}
