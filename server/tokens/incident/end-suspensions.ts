import { hasRunOut, type Suspension } from '../../core/incident/suspension.js'
import { noticeOfChange } from '../../core/notices/notice.js'
import type { EpochSeconds } from '../../core/time.js'
import { INTERNAL, type ReasonedActor, recordChange } from '../../core/token/history.js'
import type { TokenRecord } from '../../core/token/record.js'
import { homeOf } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import {
  deleteSuspensions,
  lockSuspensions,
  lockTokens,
  suspensionsThatRanOut,
} from '../../storage/postgres/suspensions/suspensions.js'
import { appendHistory } from '../../storage/postgres/token-history.js'
import { takeLocked } from '../../storage/postgres/tokens.js'
import { getRedisToken } from '../../storage/redis/tokens.js'
import { applyRevocation, recordRevocation } from '../../storage/revocations.js'
import { unmarkAll } from '../../storage/suspensions.js'
import { commit, type UnitOfWork } from '../../storage/unit-of-work.js'

const TOKENS_PER_BATCH = 250
/** Tokens in Redis that are revoked at the same time; each takes a connection to PostgreSQL. */
const AT_ONCE = 4

/**
 * Revokes the tokens whose suspension has run out, for the reason of the suspension. They are refused all the time: it does not
 * matter when this runs. Each revocation takes its suspension with it, or neither is done.
 *
 * @returns how many suspensions ended
 */
export async function endSuspensions(context: Context): Promise<number> {
  let ended = 0
  for (let after = ''; ; ) {
    const page = { after, limit: TOKENS_PER_BATCH }
    const over = await suspensionsThatRanOut(context.postgres.prisma, context.clock(), page)
    const inRedis = over.filter(({ key }) => homeOf(key) === 'redis')
    for (let from = 0; from < inRedis.length; from += AT_ONCE)
      await Promise.all(inRedis.slice(from, from + AT_ONCE).map((each) => revokeInRedis(context, each)))
    await revokeInPostgres(
      context,
      over.filter(({ key }) => homeOf(key) !== 'redis'),
    )
    ended += over.length
    if (over.length < TOKENS_PER_BATCH) return ended
    after = over.at(-1)?.key ?? after
  }
}

/** Locks tokens before their suspensions, in the order in which a revocation by their owners does. */
async function revokeInPostgres(context: Context, over: readonly Suspension[]): Promise<void> {
  if (over.length === 0) return
  await commit(context, async (work) => {
    const now = context.clock()
    const keys = over.map(({ key }) => key)
    const existing = await lockTokens(work.db, keys)
    const still = await lockRunOut(work, over, now)
    const taken = await takeLocked(
      work,
      still.filter(({ key }) => existing.has(key)),
    )
    const tokenOf = new Map(taken.map((token) => [token.key, token]))
    for (const ofOneAct of byAct(still)) {
      const tokens = ofOneAct.map(({ key }) => tokenOf.get(key)).filter((each) => each !== undefined)
      const [first] = ofOneAct
      if (first) await recordEnds(work, tokens, first, now)
    }
    await deleteSuspensions(
      work.db,
      still.map(({ key }) => key),
    )
  })
}

/** A token that Redis has lost is revoked all the same: Redis may come back with an older copy. */
async function revokeInRedis(context: Context, suspension: Suspension): Promise<void> {
  const { key, username, tokenType, expires = 0 } = suspension
  const token = await getRedisToken(context, username, key)
  const revocation = { key, username, expires, delegated: tokenType !== 'session' }
  await commit(
    context,
    async (work) => {
      const now = context.clock()
      const [still] = await lockRunOut(work, [suspension], now)
      if (!still) return false
      // One that has expired ended by itself, and its history says so.
      const isNew = expires > now && (await recordRevocation(work, revocation))
      if (isNew && token) await recordEnds(work, [token], still, now)
      await deleteSuspensions(work.db, [key])
      return isNew
    },
    async (isNew) => {
      if (isNew) await applyRevocation(context.redis, revocation)
      await unmarkAll(context.redis, [suspension])
    },
  )
}

/** A process whose clock is behind may have lifted one at the last moment. */
async function lockRunOut(
  { db }: UnitOfWork,
  over: readonly Suspension[],
  now: EpochSeconds,
): Promise<readonly Suspension[]> {
  const locked = await lockSuspensions(
    db,
    over.map(({ key }) => key),
  )
  return locked.filter((each) => hasRunOut(each, now))
}

/** Groups suspensions by their actor, reason and act. */
function byAct(suspensions: readonly Suspension[]): readonly (readonly Suspension[])[] {
  const groups = new Map<string, Suspension[]>()
  for (const each of suspensions) {
    const name = JSON.stringify([each.actor, each.reason, each.act])
    groups.set(name, [...(groups.get(name) ?? []), each])
  }
  return [...groups.values()]
}

/** Records the revocations of tokens that were suspended in one act, and tells their owners. */
async function recordEnds(
  work: UnitOfWork,
  tokens: readonly TokenRecord[],
  { reason, actor: suspendedBy, act }: Suspension,
  now: EpochSeconds,
): Promise<void> {
  const actor: ReasonedActor = {
    ...INTERNAL,
    ...(reason !== undefined && { reason }),
    ...(act !== undefined && { act }),
  }
  const details = { suspendedBy }
  const changes = tokens.map((token) => ({ ...recordChange('revoke', token, actor, now), details }))
  await appendHistory(work, changes, actor)
  // The history has the job as actor, of which no notice is made.
  for (const change of changes) {
    const notice = noticeOfChange(change, { username: suspendedBy, ...(reason !== undefined && { reason }) })
    if (notice) work.notify(notice)
  }
}
