import { DAY } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { deleteOldIdentityChanges } from '../storage/postgres/identity/history.js'
import { deleteOldRefusedIdentities } from '../storage/postgres/identity/refusals.js'
import { deleteOldNotices } from '../storage/postgres/notices/notices.js'
import { deleteOldHistory } from '../storage/postgres/token-history.js'
import { deleteOldUses } from '../storage/postgres/token-use-log.js'

/** Gafaelfawr keeps a year. */
const KEEP_FOR = 365 * DAY
/** So many at a time that no check waits for a lock. */
const ROWS_PER_BATCH = 1000

/** What is deleted when it is older than a year: histories, and what is shown of them. */
const HISTORIES = [
  deleteOldHistory,
  deleteOldUses,
  deleteOldNotices,
  deleteOldIdentityChanges,
  deleteOldRefusedIdentities,
]

/** Deletes the entries of all histories that are older than a year, batch by batch. @returns their number */
export async function pruneHistory(context: Context): Promise<number> {
  const before = context.clock() - KEEP_FOR
  let total = 0
  for (const deleteOld of HISTORIES) {
    for (let count = ROWS_PER_BATCH; count === ROWS_PER_BATCH; total += count)
      count = await deleteOld(context.postgres, before, ROWS_PER_BATCH)
  }
  return total
}
