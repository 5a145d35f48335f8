import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import type { RedisToken } from '../stores/redis-tokens.js'
import { descendantsOf } from '../tokens/descendants.js'
import { browserName } from './format/browser.js'
import { delegatedName } from './format/descendants.js'
import type { ListedDelegated } from './models.js'

/** Notebook and service tokens, each with the name of what it came from: a user token, or a session's browser. */
export async function listDelegated(
  context: Context,
  roots: readonly (TokenRecord & { readonly client?: string })[],
): Promise<(RedisToken & ListedDelegated)[]> {
  const lists = await Promise.all(
    roots.map(async (root) => {
      const from = root.name ?? (root.type === 'service' ? 'a service token' : browserName(root.client))
      const descendants = await descendantsOf(context, root)
      return descendants.map((each) => ({ ...each, what: delegatedName(each), from }))
    }),
  )
  return lists.flat()
}
