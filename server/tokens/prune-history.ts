import { DAY } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { deleteOldNotices } from '../storage/postgres/notices/notices.js'
import { deleteOldHistory } from '../storage/postgres/token-history.js'
import { deleteOldUses } from '../storage/postgres/token-use-log.js'

/** Gafaelfawr keeps a year. */
const KEEP_FOR = 365 * DAY
/** So many at a time that no check waits for a lock. */
const ROWS_PER_BATCH = 1000

/** Takes away what is older than a year from the change history, the use log and the notices, batch by batch. Answers how much it was. */
export async function pruneHistory(context: Context): Promise<number> {
  const before = context.clock() - KEEP_FOR
  let total = 0
  for (const forget of [deleteOldHistory, deleteOldUses, deleteOldNotices]) {
    for (let count = ROWS_PER_BATCH; count === ROWS_PER_BATCH; total += count)
      count = await forget(context.postgres, before, ROWS_PER_BATCH)
  }
  return total
}
