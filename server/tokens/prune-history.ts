import { DAY } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { deleteOldIdentityChanges } from '../storage/postgres/identity/history.js'
import { deleteOldRefusedIdentities } from '../storage/postgres/identity/refusals.js'
import { deleteOldIncidents } from '../storage/postgres/incident/acts.js'
import { deleteOldNotices } from '../storage/postgres/notices/notices.js'
import { deleteOldReaders, deleteOldReads } from '../storage/postgres/programs/reads.js'
import { deleteOldSuspensionChanges } from '../storage/postgres/suspensions/changes.js'
import { deleteOldFlushes, deleteOldTallies } from '../storage/postgres/tallies/tallies.js'
import { deleteOldHistory } from '../storage/postgres/token-history.js'
import { deleteOldUses } from '../storage/postgres/token-use-log.js'

/** Gafaelfawr keeps a year. */
const KEEP_FOR = 365 * DAY
/** Longer, so that a year ago can be compared. */
const KEEP_TALLIES_FOR = 400 * DAY
/** So many at a time that no check waits for a lock. */
const ROWS_PER_BATCH = 1000

/** What is deleted when it is older: histories, and what is shown of them. */
const HISTORIES = [
  [deleteOldHistory, KEEP_FOR],
  [deleteOldSuspensionChanges, KEEP_FOR],
  [deleteOldUses, KEEP_FOR],
  [deleteOldNotices, KEEP_FOR],
  [deleteOldIdentityChanges, KEEP_FOR],
  [deleteOldRefusedIdentities, KEEP_FOR],
  [deleteOldIncidents, KEEP_FOR],
  [deleteOldTallies, KEEP_TALLIES_FOR],
  [deleteOldFlushes, KEEP_TALLIES_FOR],
] as const

/** Deletes the entries of all histories that are old enough, batch by batch. @returns their number */
export async function pruneHistory(context: Context): Promise<number> {
  const now = context.clock()
  const { programs } = context.settings
  const ofPrograms = [deleteOldReads, deleteOldReaders].map(
    (deleteOld) => [deleteOld, programs?.keepRequests ?? KEEP_FOR] as const,
  )
  let total = 0
  for (const [deleteOld, keepFor] of [...HISTORIES, ...ofPrograms]) {
    for (let count = ROWS_PER_BATCH; count === ROWS_PER_BATCH; total += count)
      count = await deleteOld(context.postgres, now - keepFor, ROWS_PER_BATCH)
  }
  return total
}
