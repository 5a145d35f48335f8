import type { Context } from '../../../server/storage/context.js'

/** How a database fails: it answers no statement, or it has done what it was told, and its answer is lost. */
export type PoolFault = 'silent' | 'answer lost'

/** Acts while the database of a context fails. */
export async function withFailingPool<T>(
  { postgres: { pool } }: Pick<Context, 'postgres'>,
  how: PoolFault,
  act: () => Promise<T>,
): Promise<T> {
  const query = pool.query.bind(pool) as (...all: unknown[]) => Promise<unknown>
  const failing = async (...all: unknown[]) => {
    if (how === 'answer lost') await query(...all)
    throw new Error('connection lost')
  }
  Object.assign(pool, { query: failing })
  try {
    return await act()
  } finally {
    Object.assign(pool, { query })
  }
}
