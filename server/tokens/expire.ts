import { INTERNAL_ACTOR, recordChange } from '../core/change.js'
import { appendChanges } from '../stores/changes.js'
import type { Context } from '../stores/context.js'
import { takeExpiredTokens } from '../stores/user-tokens.js'

/** So many at a time that a sweep after a long stop holds no lock for long. */
const BATCH = 500

/**
 * Clears away user tokens that have run out and writes it into their history. The check refuses them by the clock, so
 * it does not matter when this runs.
 *
 * @returns how many
 */
export async function expireTokens(context: Context): Promise<number> {
  for (let total = 0; ; ) {
    const now = context.clock()
    const count = await context.postgres.prisma.$transaction(async (db) => {
      const expired = await takeExpiredTokens(db, now, BATCH)
      await appendChanges(
        db,
        expired.map((token) => recordChange('expire', token, { username: INTERNAL_ACTOR }, now)),
      )
      return expired.length
    })
    total += count
    if (count < BATCH) return total
  }
}
