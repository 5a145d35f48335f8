import type { Context } from '../../../server/stores/context.js'

/** All that both stores have: two of them are alike when nothing was done in between. */
export async function everything({ postgres, redis }: Context): Promise<readonly string[]> {
  const tables = await postgres.pool.query(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)
  const texts = tables.rows.map(({ name }) => `SELECT '${name} ' || to_json(t)::text AS row FROM ${name} t`)
  const { rows } = await postgres.pool.query(`${texts.join(' UNION ALL ')} ORDER BY 1`)
  const keys = (await redis.keys('*')).sort()
  const values = await Promise.all(
    keys.map(async (key) => `${key} ${(await redis.dumpBuffer(key))?.toString('base64')}`),
  )
  return [...rows.map(({ row }) => row), ...values]
}

/** Takes away all tokens, what happened to them, and everything that is in Redis; accounts stay. */
export async function nothing({ postgres, redis }: Context): Promise<void> {
  await postgres.pool.query('DELETE FROM token; DELETE FROM token_change; DELETE FROM token_use')
  await redis.flushdb()
}
