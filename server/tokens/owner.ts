import { homeOf, type TokenKey } from '../core/token.js'
import type { Context } from '../stores/context.js'
import { findRedisToken } from '../stores/redis-tokens.js'

/** The user name of whoever a token belongs to. */
export async function ownerOf(context: Context, key: TokenKey): Promise<string | undefined> {
  if (homeOf(key) === 'redis') return (await findRedisToken(context.redis, key))?.record.username
  const row = await context.postgres.prisma.token.findUnique({ where: { key }, select: { username: true } })
  return row?.username
}
