import { ancestry } from '../../core/token/ancestry.js'
import type { TokenRecord } from '../../core/token/record.js'
import { oneLine } from '../../core/token-list/one-line.js'
import type { Context } from '../../storage/context.js'
import { clientNames } from '../../storage/postgres/openid/clients.js'
import type { RedisToken } from '../../storage/redis/tokens.js'
import { browserName } from '../../words/client-name.js'
import type { Words } from '../../words/words.js'
import { delegatedName } from '../shared/format/labels.js'
import type { ListedDelegated } from './view-models.js'

/** Describes a user's notebook and service tokens, each with the name of what it came from: a user token, or a session's browser. */
export async function delegatedFrom(
  context: Context,
  delegated: readonly RedisToken[],
  roots: readonly (TokenRecord & { readonly client?: string })[],
  words: Words,
): Promise<(RedisToken & ListedDelegated)[]> {
  const clients = delegated.flatMap(({ type, service }) => (type === 'oidc' && service !== undefined ? [service] : []))
  const names = await clientNames(context.postgres.prisma, clients)
  const named = delegated.map((each) => ({ ...each, clientName: names.get(each.service ?? '') }))
  const below = ancestry(named)
  const listed = (from: string) => (each: RedisToken & { readonly clientName: string | undefined }) => ({
    ...each,
    permissions: oneLine(each.scopes),
    what: delegatedName(each, words),
    from,
  })
  const ofRoots = roots.flatMap((root) => {
    const from =
      root.name ?? (root.type === 'service' ? words.text('delegated.serviceToken') : browserName(root.client, words))
    return below(root.key).map(listed(from))
  })
  // An imported one, whose parent its source did not name.
  const alone = named.filter(({ parent }) => parent === undefined)
  return [
    ...ofRoots,
    ...alone.flatMap((each) => [each, ...below(each.key)]).map(listed(words.text('delegated.otherSite'))),
  ]
}
