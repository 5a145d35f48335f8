import type { EpochSeconds } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Transaction, toDate } from '../client.js'

/*
 * A mark says that a token was imported once. It outlives the token: what was revoked here is not imported again, however
 * often its old value is seen.
 */

/** Notes that a token was edited here, so that no later change at its source undoes the edit. */
export async function noteEdit(db: Transaction, key: TokenKey): Promise<void> {
  await db.tokenImport.updateMany({ where: { key, edited: false }, data: { edited: true } })
}

/** Deletes the marks of tokens that their source cannot offer any more. */
export async function pruneMarks(db: Transaction, now: EpochSeconds): Promise<void> {
  await db.tokenImport.deleteMany({ where: { until: { lte: toDate(now) } } })
}
