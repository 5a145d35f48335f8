import pg from 'pg'

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
}

/**
 * Opens a pool; the first query connects.
 *
 * A pooler such as PgBouncer in transaction mode gives each transaction any of its connections: a statement that is prepared
 * on one is missing on the next, or is there already, under the name that another process gave it. So statements have names
 * only while every connection is seen to be direct.
 */
export function openPool(config: pg.PoolConfig): ConnectionPool {
  let isPooled = false
  let isKnown = false
  const pool = new pg.Pool({
    ...config,
    onConnect: async (client) => {
      isPooled = !(await isDirect(client)) || isPooled
      isKnown = true
    },
  })
  return {
    pool,
    prepared: ({ name, text }) => (isKnown && !isPooled ? { name, text } : { text }),
  }
}

/** Returns whether the process that we connected to is the one that answers. A pooler has process numbers of its own. */
async function isDirect(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return 'processID' in client && client.processID === rows[0]?.pid
}
