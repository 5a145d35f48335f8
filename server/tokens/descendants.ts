import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { listChildren } from '../stores/delegated-tokens.js'
import type { RedisToken } from '../stores/redis-tokens.js'

/** Everything that was delegated from a token and would end with it: its children, theirs, and so on. */
export async function descendantsOf(context: Context, token: TokenRecord): Promise<RedisToken[]> {
  const children = await listChildren(context.redis, token.username, token.key, context.clock())
  const below = await Promise.all(children.map((child) => descendantsOf(context, child)))
  return children.flatMap((child, index) => [child, ...(below[index] ?? [])])
}
