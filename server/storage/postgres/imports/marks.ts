import type { EpochSeconds } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Transaction, toDate } from '../client.js'

/*
 * A mark says that a token was imported once. It outlives the token: what was revoked here is not imported again, however
 * often its old value is seen.
 */

/** Returns whether this was imported before, by the key of its mark. */
export async function isMarked(db: Transaction, key: string): Promise<boolean> {
  return (await db.tokenImport.count({ where: { key } })) > 0
}

/** Marks what is no token as imported; for good. */
export async function mark(
  db: Transaction,
  key: string,
  {
    source,
    fingerprint,
    now,
  }: { readonly source: string; readonly fingerprint: Uint8Array; readonly now: EpochSeconds },
): Promise<void> {
  await db.tokenImport.create({ data: { key, source, fingerprint: new Uint8Array(fingerprint), at: toDate(now) } })
}

/** Marks a token that is not here, so that no import brings it; for good, since its end may be moved at its source. */
export async function markGone(db: Transaction, key: TokenKey, now: EpochSeconds): Promise<void> {
  const data = { key, source: 'restore', fingerprint: new Uint8Array(), edited: true, at: toDate(now) }
  await db.tokenImport.createMany({ data, skipDuplicates: true })
}

/** Notes that a token was edited here, so that no later change at its source undoes the edit. */
export async function noteEdit(db: Transaction, key: TokenKey): Promise<void> {
  await db.tokenImport.updateMany({ where: { key, edited: false }, data: { edited: true } })
}

/** Deletes the marks of tokens that their source cannot offer any more. */
export async function pruneMarks(db: Transaction, now: EpochSeconds): Promise<void> {
  await db.tokenImport.deleteMany({ where: { until: { lte: toDate(now) } } })
}
