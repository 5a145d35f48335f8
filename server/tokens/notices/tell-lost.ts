import type { Notice } from '../../core/notices/notice.js'
import { notInEffectBy } from '../../core/token/owner-limits.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import { findPerson, type PeopleContext } from '../../people/find-person.js'
import { throughPrisma } from '../../storage/postgres/connection/statements.js'
import { findToldLosses, insertNotices } from '../../storage/postgres/notices/notices.js'
import { listTokensByKey } from '../../storage/postgres/tokens.js'
import { isUnavailable, UnusableUser } from '../../storage/unavailable.js'

/** So many tokens are looked at in one go; the others on another day. */
const MOST_TOKENS = 500

/**
 * Tells the owners of tokens that were refused which permissions their groups no longer give: a pipeline stops, and its owner
 * does not look at its page. Each permission is told once for each token. A directory that does not answer is asked another day.
 */
export async function tellLostPermissions(context: PeopleContext, keys: readonly TokenKey[]): Promise<void> {
  const { settings, postgres, clock } = context
  if (!settings.scopesFollowGroups || !settings.notices.permissionLost || keys.length === 0) return
  const lost: Notice[] = []
  for (const token of await listTokensByKey(postgres.prisma, keys.slice(0, MOST_TOKENS))) {
    const scopes = await lostBy(context, token)
    if (scopes.length === 0) continue
    const { username, key, name } = token
    const facts = { type: 'user' as const, scopes, ...(name !== undefined && { name }) }
    lost.push({ username, kind: 'permissionLost', at: clock(), token: key, facts })
  }
  if (lost.length === 0) return
  await postgres.transaction(async (db) => {
    const told = await findToldLosses(
      db,
      lost.flatMap(({ token }) => token ?? []),
    )
    const isNews = ({ token, facts: { scopes = [] } }: Notice) =>
      scopes.some((scope) => !told.get(token ?? '')?.has(scope))
    await insertNotices(throughPrisma(db), settings, lost.filter(isNews))
  })
}

async function lostBy(context: PeopleContext, token: TokenRecord): Promise<readonly string[]> {
  try {
    const owner = await findPerson(context, token.username)
    // No source knows the groups, or all of the owner's access has ended, which is no matter of groups.
    if (!owner?.groups || owner.disabled) return []
    return notInEffectBy(owner, context.settings.groupMapping)(token)
  } catch (error) {
    if (isUnavailable(error) || error instanceof UnusableUser) return []
    throw error
  }
}
