import { INTERNAL_ACTOR, recordChange } from '../core/change.js'
import { appendChanges } from '../stores/changes.js'
import { commit } from '../stores/commit.js'
import type { Context } from '../stores/context.js'
import { forgetRevocations } from '../stores/revocations.js'
import { takeExpiredTokens } from '../stores/user-tokens.js'

/** So many at a time that a sweep after a long stop holds no lock for long. */
const BATCH = 500

/**
 * Clears away user tokens that have run out and writes it into their history; and what was only kept to outlive tokens
 * that would have run out by now. The check refuses them by the clock, so it does not matter when this runs.
 *
 * @returns how many
 */
export async function expireTokens(context: Context): Promise<number> {
  await forgetRevocations(context.postgres.prisma, context.clock())
  for (let total = 0; ; ) {
    const now = context.clock()
    const count = await commit(context, async (writing) => {
      const expired = await takeExpiredTokens(writing, now, BATCH)
      await appendChanges(
        writing.db,
        expired.map((token) => recordChange('expire', token, { username: INTERNAL_ACTOR }, now)),
      )
      return expired.length
    })
    total += count
    if (count < BATCH) return total
  }
}
