import { lineage } from '../core/lineage.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { listDelegated } from '../stores/delegated-tokens.js'
import type { RedisToken } from '../stores/redis-tokens.js'

/** Everything that was delegated from a token and would end with it. */
export async function descendantsOf(context: Context, token: TokenRecord): Promise<RedisToken[]> {
  return lineage(await listDelegated(context.redis, token.username, context.clock()))(token.key)
}
