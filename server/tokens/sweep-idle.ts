import { type EpochSeconds, MINUTE } from '../core/time.js'
import { INTERNAL, recordChange } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { mayHaveIdleTokens, takeIdleTokens } from '../storage/postgres/uses/idle-tokens.js'
import { commit } from '../storage/unit-of-work.js'

const TOKENS_PER_BATCH = 1_000

/** The rest waits for the next run: after an update of Postern the sweep looks at every token once. */
const BATCHES_PER_RUN = 100

/** How long after its end a token is cleared away: by then the last use before it is written, wherever it was. */
const AFTER = 5 * MINUTE

/**
 * Deletes user and service tokens that the idle timeout has ended, and records it in their history. The check refuses
 * them by the clock, so it does not matter when this runs.
 *
 * @returns how many
 */
export async function sweepIdle(context: Context): Promise<number> {
  let total = 0
  for (const type of ['user', 'service'] as const) {
    const idle = context.settings.tokenPolicy[type]?.idle
    if (idle === undefined) continue
    const since = context.clock() - idle - AFTER
    if (!(await mayHaveIdleTokens(context.postgres, type, since))) continue
    for (let batch = 0; batch < BATCHES_PER_RUN; batch++) {
      const { ended, looked } = await endSome(context, type, since)
      total += ended
      if (looked < TOKENS_PER_BATCH) break
    }
  }
  return total
}

function endSome(
  context: Context,
  type: 'user' | 'service',
  since: EpochSeconds,
): Promise<{ ended: number; looked: number }> {
  const now = context.clock()
  return commit(context, async (writing) => {
    const { ended, looked } = await takeIdleTokens(writing, type, since, TOKENS_PER_BATCH)
    await appendHistory(
      writing,
      ended.map((token) => recordChange('expire', token, INTERNAL, now)),
      INTERNAL,
    )
    return { ended: ended.length, looked }
  })
}
