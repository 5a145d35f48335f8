import { MINUTE } from '../core/time.js'
import { INTERNAL, recordChange } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { takeIdleTokens } from '../storage/postgres/tokens.js'
import { commit } from '../storage/unit-of-work.js'

const TOKENS_PER_BATCH = 500

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
    for (let count = TOKENS_PER_BATCH; count === TOKENS_PER_BATCH; total += count)
      count = await endSome(context, type, idle)
  }
  return total
}

function endSome(context: Context, type: 'user' | 'service', idle: number): Promise<number> {
  const now = context.clock()
  return commit(context, async (writing) => {
    const ended = await takeIdleTokens(writing, type, now - idle - AFTER, TOKENS_PER_BATCH)
    await appendHistory(
      writing,
      ended.map((token) => recordChange('expire', token, INTERNAL, now)),
      INTERNAL,
    )
    return ended.length
  })
}
