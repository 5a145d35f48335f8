import type { TokenRecord } from '../../core/token/record.js'
import type { Context } from '../../storage/context.js'
import { listUnlasting } from '../../storage/postgres/tokens.js'
import { listDelegated } from '../../storage/redis/delegated-tokens.js'
import { listSessions, type Session } from '../../storage/redis/sessions.js'
import type { RedisToken } from '../../storage/redis/tokens.js'

/*
 * Sessions and delegated tokens live in Redis; those that were imported live in PostgreSQL. These lists have both. A caller that
 * needs two of them reads the imported ones once, and passes them on.
 */

/** Lists a user's sessions that have not expired, newest first. */
export async function sessionsOf(
  context: Context,
  username: string,
  importedOnes: Promise<readonly RedisToken[]> = importedOf(context, username),
): Promise<Session[]> {
  const [own, imported] = await Promise.all([listSessions(context, username, context.clock()), importedOnes])
  const sessions = [...own, ...imported.filter((each): each is Session => each.type === 'session')]
  return sessions.sort((a, b) => b.created - a.created || (a.key < b.key ? -1 : 1))
}

/** Lists the tokens delegated from a user's tokens that have not expired. */
export async function delegatedOf(
  context: Context,
  username: string,
  importedOnes: Promise<readonly RedisToken[]> = importedOf(context, username),
): Promise<RedisToken[]> {
  const [own, imported] = await Promise.all([listDelegated(context, username, context.clock()), importedOnes])
  return [...own, ...imported.filter(({ type }) => type !== 'session')]
}

/** Lists a user's imported sessions and delegated tokens. Each of them has an end: the import takes no other. */
export async function importedOf(context: Context, username: string): Promise<RedisToken[]> {
  const tokens = await listUnlasting(context.postgres, username, context.clock())
  return tokens.filter((each): each is TokenRecord & RedisToken => each.expires !== undefined)
}
