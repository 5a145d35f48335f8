import { type Actor, recordChange } from '../core/change.js'
import { Refusal } from '../core/refusal.js'
import { homeOf, type TokenKey } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import { appendChanges } from '../stores/changes.js'
import type { Context } from '../stores/context.js'
import { markEnded } from '../stores/delegated-tokens.js'
import { deleteRedisToken, getRedisToken } from '../stores/redis-tokens.js'
import { listSessions, unlistSession } from '../stores/sessions.js'
import { deleteUserToken, lockUserToken } from '../stores/user-tokens.js'

/** Ends a token of this user, of either kind. What it answers is what it ended; `not_found` when there is nothing to end. */
export async function revokeToken(
  context: Context,
  username: string,
  key: TokenKey,
  actor: Actor,
): Promise<TokenRecord | Refusal> {
  const ended =
    homeOf(key) === 'redis'
      ? await endRedisToken(context, username, key, actor)
      : await revokeUserToken(context, username, key, actor)
  return ended ?? new Refusal('not_found')
}

/** Ends every session of a user except one, or all of them. Answers how many there were. */
export async function endSessions(
  context: Context,
  username: string,
  actor: Actor,
  except?: TokenKey,
): Promise<number> {
  const sessions = await listSessions(context.redis, username, context.clock())
  let ended = 0
  for (const { key } of sessions) {
    if (key !== except && (await endRedisToken(context, username, key, actor))) ended++
  }
  return ended
}

function revokeUserToken(context: Context, username: string, key: TokenKey, actor: Actor) {
  return context.postgres.prisma.$transaction(async (db) => {
    const token = await lockUserToken(db, username, key)
    if (!token || !(await deleteUserToken(db, key))) return undefined
    await appendChanges(db, [recordChange('revoke', token, actor, context.clock())])
    return token
  })
}

/**
 * Deletes the token before its history is committed: should the commit fail, what is lost is a line of history and the
 * person is told to try again, while the token is over. The other way round it could outlive its end. What was delegated
 * from it falls with it, because a check asks for it; a delegated token that is ended by itself is marked, because it
 * could be worked out again.
 */
async function endRedisToken(context: Context, username: string, key: TokenKey, actor: Actor) {
  const { redis } = context
  const token = await getRedisToken(redis, username, key)
  if (!token) return undefined
  return context.postgres.prisma
    .$transaction(async (db) => {
      await appendChanges(db, [recordChange('revoke', token, actor, context.clock())])
      if (token.parent !== undefined) await markEnded(redis, key, token.expires)
      if (token.type === 'session') await unlistSession(redis, username, key)
      if (!(await deleteRedisToken(redis, key))) throw new EndedAlready()
      return token
    })
    .catch((error: unknown) => {
      if (error instanceof EndedAlready) return undefined
      throw error
    })
}

/** Thrown to take back the history of an end that somebody else has just made. */
class EndedAlready extends Error {}
