import type { Context } from '../../../server/stores/context.js'

const TABLES = ['token', 'token_change', 'token_use']

/** All that the API can change, as both stores have it: two of them are alike when nothing was done in between. */
export async function everything({ postgres, redis }: Context): Promise<Readonly<Record<string, unknown>>> {
  const rows = await Promise.all(
    TABLES.map(async (table) => {
      const { rows } = await postgres.pool.query(`SELECT to_json(t)::text AS row FROM ${table} t ORDER BY 1`)
      return [table, rows.map(({ row }) => row)]
    }),
  )
  const keys = (await redis.keys('*')).sort()
  const values = await Promise.all(keys.map(async (key) => [key, (await redis.dumpBuffer(key))?.toString('base64')]))
  return Object.fromEntries([...rows, ...values])
}

/** Takes all that away. */
export async function nothing({ postgres, redis }: Context): Promise<void> {
  await postgres.pool.query(`TRUNCATE ${TABLES.join(', ')}`)
  await redis.flushdb()
}
