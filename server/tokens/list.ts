import { idleEnd, idleLimits, isIdle } from '../core/idle.js'
import { hasExpired } from '../core/lifetime.js'
import { lineage } from '../core/lineage.js'
import { homeOf, type TokenKey } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { listDelegated } from '../stores/delegated-tokens.js'
import { getRedisToken } from '../stores/redis-tokens.js'
import { getUserToken, listOwnedTokens } from '../stores/user-tokens.js'
import { liveSessions, unlessIdle } from './idleness.js'
import { USE_LAG } from './uses.js'

/** A user's token of any type, with its last use. */
export async function getToken(context: Context, username: string, key: TokenKey): Promise<TokenRecord | undefined> {
  const token =
    homeOf(key) === 'redis'
      ? await getRedisToken(context.redis, username, key)
      : await getUserToken(context.postgres.prisma, username, key)
  return token && !hasExpired(token.expires, context.clock()) ? unlessIdle(context, token) : undefined
}

/** All of a user's tokens, of every type, in Gafaelfawr's order: never used first, then by last use, newest first. */
export async function listTokens(context: Context, username: string): Promise<TokenRecord[]> {
  const now = context.clock()
  const [owned, sessions, delegated] = await Promise.all([
    listOwnedTokens(context.postgres, username),
    liveSessions(context, username),
    listDelegated(context.redis, username, now),
  ])
  // What was delegated from a token that has ended is over, though it may still be there.
  const limits = idleLimits(context.settings)
  const used = owned.filter((token) => !isIdle(idleEnd(token, limits), now, USE_LAG))
  const roots = [...used, ...sessions].filter((token) => !hasExpired(token.expires, now))
  const below = lineage(delegated)
  return [...roots, ...roots.flatMap<TokenRecord>((root) => below(root.key))].sort(inOrder)
}

function inOrder(a: TokenRecord, b: TokenRecord): number {
  const used = (token: TokenRecord) => token.lastUsed?.at ?? Number.POSITIVE_INFINITY
  if (used(a) !== used(b)) return used(b) > used(a) ? 1 : -1
  return b.created - a.created || (a.key < b.key ? -1 : 1)
}
