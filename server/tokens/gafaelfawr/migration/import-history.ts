import { readStoredChange } from '../../../core/gafaelfawr/change.js'
import { GAFAELFAWR } from '../../../core/gafaelfawr/source.js'
import { DAY } from '../../../core/time.js'
import type { Actor } from '../../../core/token/history.js'
import type { Context } from '../../../storage/context.js'
import type { DatabaseSnapshot } from '../../../storage/gafaelfawr/database-source.js'
import { historyProgress, insertChanges, lockProgress } from '../../../storage/postgres/imports/history.js'
import { commit } from '../../../storage/unit-of-work.js'
import { sweepExpired } from '../../sweep-expired.js'

const CHANGES_PER_BATCH = 1_000
/** Both keep a year. */
const KEPT_FOR = 365 * DAY

interface HistoryOptions {
  readonly actor: Actor
  readonly dryRun: boolean
}

/** Imports the history after the last change that was imported, in its order. Returns how many entries that were. */
export async function importHistory(
  context: Context,
  snapshot: DatabaseSnapshot,
  { actor, dryRun }: HistoryOptions,
): Promise<number> {
  const since = context.clock() - KEPT_FOR
  // What has expired here is noted before: later than an imported expiry it would not be.
  if (!dryRun) await sweepExpired(context)
  let total = 0
  for (let after = await historyProgress(context.postgres.prisma, GAFAELFAWR); ; ) {
    const rows = await snapshot.history(after, since, CHANGES_PER_BATCH)
    const [last] = rows.slice(-1)
    if (!last) return total
    const changes = rows.flatMap((row) => {
      const change = readStoredChange(row)
      return change ? [{ id: row.id, change }] : []
    })
    total += dryRun
      ? changes.length
      : await commit(context, async (work) => {
          const done = BigInt(await lockProgress(work.db, GAFAELFAWR))
          const fresh = changes.filter(({ id }) => BigInt(id) > done)
          const added = await insertChanges(work.db, GAFAELFAWR, fresh)
          if (added > 0) work.record({ action: 'token.import', actor, after: { source: GAFAELFAWR, changes: added } })
          return added
        })
    after = last.id
  }
}
