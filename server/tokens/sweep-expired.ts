import type { EpochSeconds } from '../core/time.js'
import { INTERNAL, recordChange } from '../core/token/history.js'
import { isLasting } from '../core/token/record.js'
import type { Context } from '../storage/context.js'
import { pruneMarks } from '../storage/postgres/imports/marks.js'
import { appendExpiries } from '../storage/postgres/token-expiry-history.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { takeExpiredTokens } from '../storage/postgres/tokens.js'
import { pruneRevocations } from '../storage/revocations.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'

/** So many at a time that a sweep after a long stop holds no lock for long. */
const TOKENS_PER_BATCH = 500

/**
 * Writes into the history which tokens have run out, and clears away those of them that do not go by themselves, as what
 * lives in Redis does; and what was only kept to outlive tokens that would have run out by now. The check refuses them by
 * the clock, so it does not matter when this runs.
 *
 * @returns how many
 */
export async function sweepExpired(context: Context): Promise<number> {
  await pruneRevocations(context.postgres.prisma, context.clock())
  await pruneMarks(context.postgres.prisma, context.clock())
  return (await inBatches(context, expireSome)) + (await inBatches(context, noteSome))
}

async function inBatches(
  context: Context,
  sweep: (writing: UnitOfWork, now: EpochSeconds) => Promise<number>,
): Promise<number> {
  for (let total = 0; ; ) {
    const now = context.clock()
    const count = await commit(context, (writing) => sweep(writing, now))
    total += count
    if (count < TOKENS_PER_BATCH) return total
  }
}

async function expireSome(writing: UnitOfWork, now: EpochSeconds): Promise<number> {
  const expired = await takeExpiredTokens(writing, now, TOKENS_PER_BATCH)
  // The next step notes the others from their creation, as it does for those that Redis had.
  const changes = expired.filter(isLasting).map((token) => recordChange('expire', token, INTERNAL, now))
  await appendHistory(writing, changes, INTERNAL)
  return expired.length
}

const noteSome = (work: UnitOfWork, now: EpochSeconds) => appendExpiries(work, now, INTERNAL, TOKENS_PER_BATCH)
