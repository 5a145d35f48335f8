import type pg from 'pg'
import type { UnconfirmedRestore } from '../../core/backup/came-back.js'
import type { EpochSeconds } from '../../core/time.js'
import { fromDate, type Transaction, toDate } from './client.js'

type Queries = Pick<pg.Pool, 'query'> | Pick<pg.ClientBase, 'query'>

/** Lists the restores that are not confirmed, the oldest backup first: a backup of an unconfirmed site has its restore, too. */
export async function unconfirmedRestores(queries: Queries): Promise<UnconfirmedRestore[]> {
  const { rows } = await queries.query<{ backup: string; taken: Date }>(
    'SELECT backup, taken FROM restoration WHERE confirmed IS NULL ORDER BY taken',
  )
  return rows.map(({ backup, taken }) => ({ backup, taken: fromDate(taken) }))
}

/** Confirms every restore. @returns their number */
export async function confirmRestores(db: Transaction, now: EpochSeconds): Promise<number> {
  const { count } = await db.restoration.updateMany({ where: { confirmed: null }, data: { confirmed: toDate(now) } })
  return count
}
