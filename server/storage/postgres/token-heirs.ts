import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import type { UnitOfWork } from '../unit-of-work.js'
import type { Transaction } from './client.js'
import { fromPrisma } from './token-row.js'

/** Finds a token's makers, and keeps it from being deleted until the transaction ends; undefined when it is gone. */
export async function lockMaker(db: Transaction, key: TokenKey): Promise<readonly TokenKey[] | undefined> {
  const [row] = await db.$queryRaw<{ makers: TokenKey[] }[]>`
    SELECT makers FROM token WHERE key = ${key} FOR KEY SHARE`
  return row?.makers
}

/** Lists the tokens that were made with a token, oldest first. */
export async function listHeirs(db: Transaction, key: TokenKey): Promise<TokenRecord[]> {
  const rows = await db.token.findMany({
    where: { makers: { has: key } },
    orderBy: [{ created: 'asc' }, { key: 'asc' }],
  })
  return rows.map(fromPrisma)
}

/** As {@link listHeirs}, and locks them until the transaction ends. */
export async function lockHeirs(db: Transaction, key: TokenKey): Promise<TokenRecord[]> {
  await db.$queryRaw`SELECT 1 FROM token WHERE makers @> ARRAY[${key}] ORDER BY key FOR UPDATE`
  return listHeirs(db, key)
}

/** Deletes the tokens that were made with a token, at most `limit`, and returns them. */
export async function takeHeirs({ db, invalidate }: UnitOfWork, key: TokenKey, limit: number): Promise<TokenRecord[]> {
  const keys = await db.$queryRaw<{ key: TokenKey }[]>`
    SELECT key FROM token WHERE makers @> ARRAY[${key}] ORDER BY key LIMIT ${limit} FOR UPDATE`
  for (const each of keys) invalidate(each.key)
  const where = { key: { in: keys.map((each) => each.key) } }
  const rows = await db.token.findMany({ where })
  await db.token.deleteMany({ where })
  return rows.map(fromPrisma)
}

/** Makes the heirs of a token those of its successor, too. */
export async function addMaker(db: Transaction, old: TokenKey, successor: TokenKey): Promise<void> {
  await db.$executeRaw`UPDATE token SET makers = array_append(makers, ${successor}) WHERE makers @> ARRAY[${old}]`
}
