import { Refusal } from '../../core/access/refusal.js'
import { LASTING_TYPES } from '../../core/token/record.js'
import type { Context } from '../../storage/context.js'
import { type Transaction, toDate } from '../../storage/postgres/client.js'

/**
 * Refuses a token beyond those that a user may have. Comes first in its transaction: others that count the same user's
 * tokens wait until it ends.
 */
export async function refuseBeyondLimit(
  { settings, clock }: Context,
  db: Transaction,
  username: string,
): Promise<Refusal | undefined> {
  const limit = settings.limits.tokensPerUser
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`tokens of ${username}`}, 0))`
  const unexpired = { OR: [{ expires: null }, { expires: { gt: toDate(clock()) } }] }
  const count = await db.token.count({ where: { username, type: { in: [...LASTING_TYPES] }, ...unexpired } })
  return count < limit
    ? undefined
    : new Refusal('too_many_tokens', `There are ${limit} tokens already; revoke some first`).worded('counted', {
        limit,
      })
}
