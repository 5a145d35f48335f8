import { ancestry } from '../../core/token/ancestry.js'
import type { TokenRecord } from '../../core/token/record.js'
import { userAgentName } from '../../core/user-agent.js'
import type { Context } from '../../storage/context.js'
import { clientNames } from '../../storage/postgres/openid/clients.js'
import { listDelegated } from '../../storage/redis/delegated-tokens.js'
import type { RedisToken } from '../../storage/redis/tokens.js'
import { delegatedName } from '../shared/format/labels.js'
import type { ListedDelegated } from './view-models.js'

/** A user's notebook and service tokens, each with the name of what it came from: a user token, or a session's browser. */
export async function delegatedFrom(
  context: Context,
  username: string,
  roots: readonly (TokenRecord & { readonly client?: string })[],
): Promise<(RedisToken & ListedDelegated)[]> {
  const delegated = await listDelegated(context, username, context.clock())
  const clients = delegated.flatMap(({ type, service }) => (type === 'oidc' && service !== undefined ? [service] : []))
  const names = await clientNames(context.postgres.prisma, clients)
  const below = ancestry(delegated.map((each) => ({ ...each, clientName: names.get(each.service ?? '') })))
  return roots.flatMap((root) => {
    const from = root.name ?? (root.type === 'service' ? 'a service token' : userAgentName(root.client))
    return below(root.key).map((each) => ({ ...each, what: delegatedName(each), from }))
  })
}
