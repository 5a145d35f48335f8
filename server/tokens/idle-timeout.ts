import type { EpochSeconds } from '../core/time.js'
import { idleEnd, idleLimitOf, idleLimits, isIdle } from '../core/token/idle-timeout.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import type { Session } from '../storage/redis/sessions.js'
import { findLastUse, type RedisToken } from '../storage/redis/tokens.js'
import { sessionsOf } from './imported/imported.js'
import { USAGE_WRITE_LAG } from './usage-recorder.js'

/** Adds the idle timeout to a token without a parent; undefined when the timeout has ended it. */
export async function dropIfIdle(context: Context, token: TokenRecord): Promise<TokenRecord | undefined> {
  const at = await idleEndOf(context, token)
  if (at === undefined) return token
  return isIdle(at, context.clock(), USAGE_WRITE_LAG) ? undefined : { ...token, idle: { key: token.key, at } }
}

/** A live session, and when the idle timeout will end it. */
export interface LiveSession extends Session {
  readonly ends: EpochSeconds
}

/** Lists a user's sessions that have neither expired nor timed out, newest first. */
export async function liveSessions(
  context: Context,
  username: string,
  importedOnes?: Promise<readonly RedisToken[]>,
): Promise<LiveSession[]> {
  const sessions = await sessionsOf(context, username, importedOnes)
  const judged = await Promise.all(
    sessions.map(async (each) => {
      const at = await idleEndOf(context, each)
      if (isIdle(at, context.clock(), USAGE_WRITE_LAG)) return undefined
      return { ...each, ends: at === undefined ? each.expires : Math.min(each.expires, at) }
    }),
  )
  return judged.filter((each) => each !== undefined)
}

/** The uses of a token stand beside it in Redis, and in its row in PostgreSQL. They are only looked for where there is a limit. */
export async function idleEndOf({ redis, settings }: Context, token: TokenRecord): Promise<EpochSeconds | undefined> {
  const limits = idleLimits(settings)
  if (idleLimitOf(token, limits) === undefined || homeOf(token.key) === 'postgres') return idleEnd(token, limits)
  const usedBelow = await findLastUse(redis, token.key)
  return idleEnd({ ...token, ...(usedBelow !== undefined && { usedBelow }) }, limits)
}
