import { Refusal } from '../core/access/refusal.js'
import { type ReasonedActor, recordChange } from '../core/token/history.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { takeHeirs } from '../storage/postgres/token-heirs.js'
import { appendHistory, wasRevoked } from '../storage/postgres/token-history.js'
import { deleteUserToken, lockUserToken } from '../storage/postgres/tokens.js'
import { getRedisToken } from '../storage/redis/tokens.js'
import { applyRevocation, recordRevocation } from '../storage/revocations.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { sessionsOf } from './imported/imported.js'
import { asOneAct } from './several/one-act.js'

const HEIRS_PER_STATEMENT = 500

/** Ends a token of this user, of any kind. What it answers is what it ended; `not_found` when there is nothing to end. */
export async function revokeToken(
  context: Context,
  username: string,
  key: TokenKey,
  actor: ReasonedActor,
): Promise<TokenRecord | Refusal> {
  const ended =
    homeOf(key) === 'redis'
      ? await endRedisToken(context, username, key, actor)
      : await revokeUserToken(context, username, key, actor)
  return ended ?? new Refusal('not_found')
}

/** As {@link revokeToken}, with every token that was made with it. Answers what it ended, the token itself first. */
export async function revokeWithHeirs(
  context: Context,
  username: string,
  key: TokenKey,
  by: ReasonedActor,
): Promise<readonly [TokenRecord, ...TokenRecord[]] | Refusal> {
  const actor = asOneAct(context, by)
  const inRedis = homeOf(key) === 'redis' ? await endRedisToken(context, username, key, actor) : undefined
  if (homeOf(key) === 'redis' && !inRedis) return new Refusal('not_found')
  return commit(context, async (writing) => {
    const now = context.clock()
    const ended = inRedis ?? (await takeUserToken(writing, username, key))
    if (!ended) return new Refusal('not_found')
    const heirs = await takeAllHeirs(writing, key)
    const recorded = inRedis ? heirs : [ended, ...heirs]
    const changes = recorded.map((token) => recordChange('revoke', token, actor, now))
    await appendHistory(writing, changes, actor)
    return [ended, ...heirs] as const
  })
}

/** Takes the heirs of a token until there is none: one that another was making at this moment appears once that is written. */
export async function takeAllHeirs(writing: UnitOfWork, key: TokenKey): Promise<TokenRecord[]> {
  const heirs: TokenRecord[] = []
  for (;;) {
    const some = await takeHeirs(writing, key, HEIRS_PER_STATEMENT)
    heirs.push(...some)
    if (some.length === 0) return heirs
  }
}

async function takeUserToken(writing: UnitOfWork, username: string, key: TokenKey): Promise<TokenRecord | undefined> {
  const token = await lockUserToken(writing.db, username, key)
  return token && (await deleteUserToken(writing, key)) ? token : undefined
}

/** Ends every session of a user except one, or all of them. Answers how many there were. */
export async function endSessions(
  context: Context,
  username: string,
  actor: ReasonedActor,
  except?: TokenKey,
): Promise<number> {
  const one = asOneAct(context, actor)
  let ended = 0
  for (const { key } of await sessionsOf(context, username)) {
    if (key !== except && !((await revokeToken(context, username, key, one)) instanceof Refusal)) ended++
  }
  return ended
}

function revokeUserToken(context: Context, username: string, key: TokenKey, actor: ReasonedActor) {
  return commit(context, async (writing) => {
    const token = await takeUserToken(writing, username, key)
    if (!token) return undefined
    await appendHistory(writing, [recordChange('revoke', token, actor, context.clock())], actor)
    return token
  })
}

/**
 * The end is in PostgreSQL before it is in Redis: a check that finds the token in Redis asks whether it was ended, and
 * should Redis fail here, or lose it later, it is told again. What was delegated from it falls with it, because a check
 * asks for it; a delegated token that is ended by itself is marked, because it could be worked out again. Of several who
 * end it at once, each waits until it is over, and its history says so once.
 */
async function endRedisToken(context: Context, username: string, key: TokenKey, actor: ReasonedActor) {
  const token = await getRedisToken(context, username, key)
  if (!token) return undefined
  const revocation = { ...token, delegated: token.parent !== undefined }
  await commit(
    context,
    async (writing) => {
      if (!(await recordRevocation(writing, revocation))) return
      // It fell with the token that it was delegated from, and the history says so.
      if (token.parent !== undefined && (await wasRevoked(writing.db, key))) return
      await appendHistory(writing, [recordChange('revoke', token, actor, context.clock())], actor)
    },
    () => applyRevocation(context.redis, revocation),
  )
  return token
}
