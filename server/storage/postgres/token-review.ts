import type { EpochSeconds } from '../../core/time.js'
import type { TokenRecord } from '../../core/token/record.js'
import { type Transaction, toDate } from './client.js'
import { fromPrisma } from './token-row.js'

const NEWEST_FIRST = [{ created: 'desc' as const }, { key: 'asc' as const }]

/** Lists user tokens that administrators granted and that have not expired, newest first. */
export async function listGrantedTokens(db: Transaction, now: EpochSeconds, limit: number): Promise<TokenRecord[]> {
  const where = { granted: true, type: 'user' as const, OR: [{ expires: null }, { expires: { gt: toDate(now) } }] }
  return (await db.token.findMany({ where, orderBy: NEWEST_FIRST, take: limit })).map(fromPrisma)
}

/** Lists user and service tokens that never expire, newest first. */
export async function listEndlessTokens(db: Transaction, limit: number): Promise<TokenRecord[]> {
  return (await db.token.findMany({ where: { expires: null }, orderBy: NEWEST_FIRST, take: limit })).map(fromPrisma)
}
