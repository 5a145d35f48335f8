import { accountObject } from '../core/audit/event.js'
import type { EpochSeconds } from '../core/time.js'
import type { Actor } from '../core/token/history.js'
import { personTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { appendIdentityChanges } from '../storage/postgres/identity/history.js'
import { lockNames } from '../storage/postgres/identity/name-holder.js'
import {
  deleteReboundRefusals,
  listUsersOfIssuer,
  type MovedIssuer,
  type ReboundUser,
  rebindUsersOfIssuer,
} from '../storage/postgres/identity/rebind-issuer.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'

/** Users to a transaction: a sign-in of one of them waits for it. */
const USERS_PER_BATCH = 200

/**
 * Binds all users of an issuer to its new URL, for a provider that has moved and kept the subjects of its users. Tokens and
 * sessions stay. When it is interrupted, a second run binds the others.
 *
 * @returns the number of users
 */
export async function rebindIssuer(context: Context, issuer: MovedIssuer, actor: Actor): Promise<number> {
  for (let total = 0; ; ) {
    const usernames = await listUsersOfIssuer(context.postgres.prisma, issuer.old, USERS_PER_BATCH)
    if (usernames.length === 0) return total
    const at = context.clock()
    total += await commit(context, async (work) => {
      await lockNames(work.db, usernames)
      const rebound = await rebindUsersOfIssuer(work.db, usernames, issuer)
      await deleteReboundRefusals(work.db, usernames)
      await record(work, { issuer, actor, at }, rebound)
      return rebound.length
    })
  }
}

interface Move {
  readonly issuer: MovedIssuer
  readonly actor: Actor
  readonly at: EpochSeconds
}

async function record(
  { db, invalidate, record }: UnitOfWork,
  { issuer, actor, at }: Move,
  users: readonly ReboundUser[],
): Promise<void> {
  const who = { actor: actor.username, ...(actor.address !== undefined && { address: actor.address }) }
  const changes = users.map(({ username, provider, subject }) => ({
    ...{ username, provider, at, ...who, action: 'rebind' as const },
    ...{ old: { issuer: issuer.old, subject }, identity: { issuer: issuer.new, subject } },
  }))
  await appendIdentityChanges(db, changes)
  for (const { username, provider, old, identity } of changes) {
    invalidate(personTopic(username))
    const values = { before: { provider, ...old }, after: { provider, ...identity } }
    record({ action: 'account.rebind', actor, object: accountObject(username), ...values })
  }
}
