import { ancestry, MAXIMUM_DEPTH } from '../../../core/token/ancestry.js'
import { hasExpired } from '../../../core/token/lifetime.js'
import type { TokenRecord } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Context } from '../../../storage/context.js'
import { findLastChange } from '../../../storage/postgres/search/tokens.js'
import { delegatedOf } from '../../../tokens/imported/imported.js'
import { getToken } from '../../../tokens/list.js'
import type { Words } from '../../../words/words.js'
import { pastTitle, type TitledToken, titleOf } from '../token-row.js'
import type { TokenNode } from './view-models.js'

/** How many delegated tokens a tree has. */
const MAX_BELOW = 200

/** A token that exists, or what its history has of it. */
type Known = TitledToken & { readonly ended: boolean }

/** Reads what a token was derived from, and what was derived from it. */
export async function treeOf(
  context: Context,
  token: Known & Pick<TokenRecord, 'username'>,
  words: Words,
): Promise<{ readonly tree: TokenNode; readonly hasMore: boolean }> {
  const now = context.clock()
  const delegated = (await delegatedOf(context, token.username)).filter(({ expires }) => !hasExpired(expires, now))
  const below = ancestry(delegated)(token.key)
  const shown = token.ended ? [] : below.slice(0, MAX_BELOW)
  const node = (each: Known, children: readonly TokenNode[]): TokenNode => ({
    key: each.key,
    what: each.ended ? pastTitle(each, words) : titleOf(each, words),
    here: each.key === token.key,
    ended: each.ended,
    below: children,
  })
  const childrenOf = (key: TokenKey): TokenNode[] =>
    shown.filter(({ parent }) => parent === key).map((each) => node({ ...each, ended: false }, childrenOf(each.key)))
  const above = await ancestorsOf(context, token)
  const tree = above.reduce((child, each) => node(each, [child]), node(token, childrenOf(token.key)))
  return { tree, hasMore: below.length > MAX_BELOW && !token.ended }
}

/** Lists the token that one was derived from, the one that that was derived from, and so on. */
async function ancestorsOf(context: Context, token: Known & Pick<TokenRecord, 'username'>): Promise<Known[]> {
  const above: Known[] = []
  for (let { parent } = token; parent !== undefined && above.length < MAXIMUM_DEPTH; ) {
    const found = await knownToken(context, token.username, parent)
    if (!found) break
    above.push(found)
    parent = found.parent
  }
  return above
}

async function knownToken(context: Context, username: string, key: TokenKey): Promise<Known | undefined> {
  const live = await getToken(context, username, key)
  const last = live ? undefined : await findLastChange(context.postgres.prisma, key)
  if (live) return { ...live, ended: false }
  return last && { ...fromHistory(last), ended: true }
}

/** What the last change of a token says of it. */
export function fromHistory({
  token,
  tokenType,
  tokenName,
  parent,
  service,
}: NonNullable<Awaited<ReturnType<typeof findLastChange>>>): TitledToken {
  return {
    key: token,
    type: tokenType,
    ...(tokenName !== undefined && { name: tokenName }),
    ...(parent !== undefined && { parent }),
    ...(service !== undefined && { service }),
  }
}
