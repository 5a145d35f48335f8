import type { TokenRecord } from '../../../core/token/record.js'
import { homeOf, isTokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import { getUserToken } from '../../../storage/postgres/tokens.js'

/** Finds the token of a user that a new one is to be like, by the key in a link. */
export async function findTwin(
  { postgres }: Pick<Context, 'postgres'>,
  username: string,
  key: unknown,
): Promise<TokenRecord | undefined> {
  if (typeof key !== 'string' || !isTokenKey(key) || homeOf(key) !== 'postgres') return undefined
  return getUserToken(postgres.prisma, username, key)
}
