import { Redis } from 'ioredis'
import pg from 'pg'

/** The rows of one statement on a connection of its own. */
export async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** The answer to one command on a connection of its own. */
export async function redis(url: string, command: string, ...args: string[]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(command, ...args)
  } finally {
    client.disconnect()
  }
}

/** The pid of the PostgreSQL behind a URL: a back end's parent. */
export async function postgresPid(url: string): Promise<number> {
  const rows = await sql(url, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid")
  return Number(rows[0]?.pid)
}

/** The pid of the Redis behind a URL. */
export async function redisPid(url: string): Promise<number> {
  const info = String(await redis(url, 'INFO', 'server'))
  return Number(/process_id:(\d+)/.exec(info)?.[1])
}
