import { isIdle, sessionEnd } from '../core/idle.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { findLastUse } from '../stores/session-uses.js'
import { listSessions, type Session } from '../stores/sessions.js'
import { USE_LAG } from './uses.js'

/** A token with the last use of the session that it is, or nothing when that has not been used for too long. */
export async function unlessIdle(context: Context, token: TokenRecord): Promise<TokenRecord | undefined> {
  const { sessionIdleLifetime: limit } = context.settings
  if (limit === undefined || token.type !== 'session') return token
  const session = { key: token.key, lastUsed: await lastUseOf(context, token) }
  return isIdle(session, limit, context.clock(), USE_LAG) ? undefined : { ...token, session }
}

/** A session that lives, and when it will end if nobody uses it again. */
export interface LiveSession extends Session {
  readonly ends: EpochSeconds
}

/** A user's sessions that have neither run out nor been idle for too long, newest first. */
export async function liveSessions(context: Context, username: string): Promise<LiveSession[]> {
  const { sessionIdleLifetime: limit } = context.settings
  const sessions = await listSessions(context.redis, username, context.clock())
  const judged = await Promise.all(
    sessions.map(async (each) => {
      const lastUsed = limit === undefined ? each.created : await lastUseOf(context, each)
      if (isIdle({ key: each.key, lastUsed }, limit, context.clock(), USE_LAG)) return undefined
      return { ...each, ends: sessionEnd(each.expires, lastUsed, limit) }
    }),
  )
  return judged.filter((each) => each !== undefined)
}

async function lastUseOf({ redis }: Context, { key, created }: TokenRecord): Promise<EpochSeconds> {
  return Math.max(created, (await findLastUse(redis, key)) ?? created)
}
