import type { Context } from '../../../server/storage/context.js'

const TABLES = [
  'token',
  'token_change',
  'token_use',
  'program',
  'program_change',
  'oidc_client',
  'audit_event',
  'token_suspension',
  'suspension_change',
]

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

/** Takes away tokens and programs, what happened to them, the audit, and nearly all that is in Redis; accounts stay. */
export async function nothing({ postgres, redis }: Context): Promise<void> {
  await postgres.pool.query(TABLES.map((table) => `DELETE FROM ${table}`).join(';'))
  // By what stays Postern knows that Redis has lost nothing, and need not write again what was ended.
  const keys = (await redis.keys('*')).filter((key) => key !== 'postern:life')
  if (keys.length > 0) await redis.del(keys)
}
