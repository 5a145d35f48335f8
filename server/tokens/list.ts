import { ancestry } from '../core/token/ancestry.js'
import { idleEnd, idleLimits, isIdle } from '../core/token/idle-timeout.js'
import { hasExpired } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { findUserToken, listLastingTokens } from '../storage/postgres/tokens.js'
import { findRedisToken, getRedisToken, type RedisToken } from '../storage/redis/tokens.js'
import { dropIfIdle, liveSessions } from './idle-timeout.js'
import { delegatedOf } from './imported/imported.js'
import { USAGE_WRITE_LAG } from './usage-recorder.js'

/** A user's token of any type, with its last use. */
export async function getToken(context: Context, username: string, key: TokenKey): Promise<TokenRecord | undefined> {
  const token =
    homeOf(key) === 'redis'
      ? await getRedisToken(context, username, key)
      : await findUserToken(context.postgres, username, key)
  return token && !hasExpired(token.expires, context.clock()) ? dropIfIdle(context, token) : undefined
}

/** All of a user's tokens, of every type, in Gafaelfawr's order: never used first, then by last use, newest first. */
export async function listTokens(context: Context, username: string): Promise<TokenRecord[]> {
  const now = context.clock()
  const [owned, sessions, delegated] = await Promise.all([
    listLastingTokens(context.postgres, username),
    liveSessions(context, username),
    delegatedOf(context, username),
  ])
  // A token delegated from one that is expired, idle or revoked is invalid, though Redis may still have it.
  const limits = idleLimits(context.settings)
  const used = owned.filter((token) => !isIdle(idleEnd(token, limits), now, USAGE_WRITE_LAG))
  const alone = delegated.filter(({ parent }) => parent === undefined)
  const roots = [...used, ...sessions, ...alone].filter((token) => !hasExpired(token.expires, now))
  const below = ancestry(delegated)
  return [...roots, ...roots.flatMap<TokenRecord>((root) => below(root.key))].sort(inOrder)
}

function inOrder(a: TokenRecord, b: TokenRecord): number {
  const used = (token: TokenRecord) => token.lastUsed?.at ?? Number.POSITIVE_INFINITY
  if (used(a) !== used(b)) return used(b) > used(a) ? 1 : -1
  return b.created - a.created || (a.key < b.key ? -1 : 1)
}

/** Everything that was delegated from a token and would end with it. */
export async function descendantsOf(context: Context, token: TokenRecord): Promise<RedisToken[]> {
  return ancestry(await delegatedOf(context, token.username))(token.key)
}

/** Returns the user name of a token's owner. */
export async function ownerOf(context: Context, key: TokenKey): Promise<string | undefined> {
  if (homeOf(key) === 'redis') return (await findRedisToken(context, key))?.record.username
  const row = await context.postgres.prisma.token.findUnique({ where: { key }, select: { username: true } })
  return row?.username
}
