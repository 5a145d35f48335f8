import { endOfSuspension, type Suspension } from '../../core/incident/suspension.js'
import type { Notice } from '../../core/notices/notice.js'
import type { EpochSeconds } from '../../core/time.js'
import type { ReasonedActor } from '../../core/token/history.js'
import { hasExpired } from '../../core/token/lifetime.js'
import type { TokenRecord } from '../../core/token/record.js'
import { homeOf, type TokenKey } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { holdCreations } from '../../storage/postgres/lockdown.js'
import { appendSuspensionChanges } from '../../storage/postgres/suspensions/changes.js'
import { insertSuspensions, lockTokens, tokensWithHeirs } from '../../storage/postgres/suspensions/suspensions.js'
import { getRedisToken } from '../../storage/redis/tokens.js'
import { revokedAmong } from '../../storage/revocations.js'
import { markAll } from '../../storage/suspensions.js'
import { commit, type UnitOfWork } from '../../storage/unit-of-work.js'
import { asOneAct } from '../several/one-act.js'

/** So many tokens, with those that were made with them, are suspended in one transaction. */
const TOKENS_PER_BATCH = 250

/** A token to suspend, of any type. */
export interface SuspensionTarget {
  readonly username: string
  readonly key: TokenKey
}

/** The administrator, with the reason and the act, by which the tokens can be lifted together; a new one when not given. */
export interface Suspending {
  readonly actor: ReasonedActor
}

/**
 * Suspends tokens of any type: every process refuses them from now on, with all that was delegated from them and all that was
 * made with them. A token that is suspended already keeps the end that it has; one that has ended is passed over.
 *
 * The tokens are suspended in batches, each in a transaction of its own, sessions first: a thief makes new tokens with a session.
 * When the process is killed in between, the batches that were done stay suspended, and the others are untouched; the same
 * call does the rest.
 *
 * @returns how many were suspended, with those that were made with them
 */
export async function suspendTokens(
  context: Context,
  targets: readonly SuspensionTarget[],
  { actor }: Suspending,
): Promise<number> {
  const inRedis = targets.filter(({ key }) => homeOf(key) === 'redis')
  const inOrder = [...inRedis, ...targets.filter(({ key }) => homeOf(key) !== 'redis')]
  const acting = asOneAct(context, actor)
  let suspended = 0
  for (let from = 0; from < inOrder.length; from += TOKENS_PER_BATCH)
    suspended += await suspendSome(context, inOrder.slice(from, from + TOKENS_PER_BATCH), acting)
  return suspended
}

/**
 * Attack: a thief makes a token at the moment at which the stolen one is suspended. While a batch is written no token is created:
 * one that was being created is there and is found among the heirs, and the next one finds its maker suspended.
 */
async function suspendSome(
  context: Context,
  targets: readonly SuspensionTarget[],
  actor: ReasonedActor,
): Promise<number> {
  const inRedis = await Promise.all(
    targets
      .filter(({ key }) => homeOf(key) === 'redis')
      .map(({ username, key }) => getRedisToken(context, username, key)),
  )
  const suspended = await commit(
    context,
    async (work) => {
      await holdCreations(work.db)
      const now = context.clock()
      const found = [...inRedis.filter((each) => each !== undefined), ...(await lockWithHeirs(work, targets))]
      const revoked = await revokedAmong(
        work.db,
        found.map(({ key }) => key),
      )
      const living = found.filter(({ key, expires }) => !revoked.has(key) && !hasExpired(expires, now))
      const inserted = await insertSuspensions(
        work,
        living.map((token) => suspensionOf(token, actor, now)),
      )
      await appendSuspensionChanges(work, inserted, { action: 'suspend', actor, at: now })
      for (const each of inserted) noticeOf('tokenSuspended', each, { actor, at: now }).forEach(work.notify)
      return inserted
    },
    (inserted) => markAll(context.redis, inserted),
  )
  return suspended.length
}

/** Locks the tokens of PostgreSQL among these, and all that were made with one of these; one that ends meanwhile is left out. */
async function lockWithHeirs(
  { db }: UnitOfWork,
  targets: readonly SuspensionTarget[],
): Promise<readonly TokenRecord[]> {
  const found = await tokensWithHeirs(db, targets)
  const locked = await lockTokens(
    db,
    found.map(({ key }) => key),
  )
  return found.filter(({ key }) => locked.has(key))
}

function suspensionOf(token: TokenRecord, actor: ReasonedActor, now: EpochSeconds): Suspension {
  const { key, username, type, name, expires } = token
  return {
    ...{ key, username, tokenType: type, since: now, until: endOfSuspension(now), actor: actor.username },
    ...(name !== undefined && { tokenName: name }),
    ...(expires !== undefined && { expires }),
    ...(actor.reason !== undefined && { reason: actor.reason }),
    ...(actor.act !== undefined && { act: actor.act }),
  }
}

/** Returns the notice of a suspension or its lifting, if the owner is to know: of a user token or session, by another user. */
export function noticeOf(
  kind: 'tokenSuspended' | 'tokenLifted',
  { key: token, username, tokenType: type, tokenName: name, until }: Suspension,
  { actor, at }: { readonly actor: ReasonedActor; readonly at: EpochSeconds },
): readonly Notice[] {
  if (actor.username === username || (type !== 'user' && type !== 'session')) return []
  const { reason } = actor
  const facts = {
    ...{ type, by: 'administrator' as const },
    ...(kind === 'tokenSuspended' && { until }),
    ...(name !== undefined && { name }),
    ...(reason !== undefined && { reason }),
  }
  return [{ username, kind, at, token, facts }]
}
