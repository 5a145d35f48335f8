import { Refusal } from '../../core/access/refusal.js'
import type { ReasonedActor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { appendSuspensionChanges } from '../../storage/postgres/suspensions/changes.js'
import {
  countSuspensions,
  takeSuspensions,
  type WhichSuspensions,
} from '../../storage/postgres/suspensions/suspensions.js'
import { unmarkAll } from '../../storage/suspensions.js'
import { commit } from '../../storage/unit-of-work.js'
import { asOneAct } from '../several/one-act.js'
import { noticeOf } from './suspend.js'

const TOKENS_PER_BATCH = 500

/**
 * Lifts the suspension of a token, or of all tokens of one act: they are admitted again as before. Refuses with
 * `suspension_over` when all of them have run out, and `not_found` when none is suspended. Of an act that was interrupted, the
 * rest is lifted by the same call.
 *
 * @returns how many were lifted
 */
export async function liftSuspension(
  context: Context,
  which: WhichSuspensions,
  actor: ReasonedActor,
): Promise<number | Refusal> {
  const acting = asOneAct(context, actor)
  let lifted = 0
  for (;;) {
    const some = await liftSome(context, which, acting)
    if (some === 0) break
    lifted += some
  }
  if (lifted > 0) return lifted
  const isOver = (await countSuspensions(context.postgres.prisma, which)) > 0
  return new Refusal(isOver ? 'suspension_over' : 'not_found')
}

async function liftSome(context: Context, which: WhichSuspensions, actor: ReasonedActor): Promise<number> {
  const now = context.clock()
  const taken = await commit(
    context,
    async (work) => {
      const suspensions = await takeSuspensions(work, { which, now, limit: TOKENS_PER_BATCH })
      await appendSuspensionChanges(work, suspensions, { action: 'lift', actor, at: now })
      for (const each of suspensions) noticeOf('tokenLifted', each, { actor, at: now }).forEach(work.notify)
      return suspensions
    },
    (suspensions) => unmarkAll(context.redis, suspensions),
  )
  return taken.length
}
