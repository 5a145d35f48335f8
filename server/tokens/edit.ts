import { type Actor, recordEdit } from '../core/change.js'
import { checkExpiry, hasExpired } from '../core/lifetime.js'
import { isTokenName } from '../core/names.js'
import { Refusal } from '../core/refusal.js'
import { sortScopes } from '../core/scope.js'
import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import { appendChanges } from '../stores/changes.js'
import type { Context } from '../stores/context.js'
import { isDuplicateTokenName } from '../stores/unique.js'
import { lockUserToken, updateUserToken } from '../stores/user-tokens.js'
import type { TokenWish } from './create.js'

/** What its owner may do to a token: rename it, take scopes away, end it sooner. Answers everything that goes beyond. */
export function checkEdit(token: TokenRecord, wish: TokenWish, now: EpochSeconds): Refusal[] {
  const wider = wish.scopes.some((scope) => !token.scopes.includes(scope))
  const later = (wish.expires ?? Number.POSITIVE_INFINITY) > (token.expires ?? Number.POSITIVE_INFINITY)
  return [
    isTokenName(wish.name) ? undefined : new Refusal('invalid_name'),
    later ? new Refusal('invalid_expires', 'A token cannot be made to last longer') : undefined,
    wish.expires === token.expires || later ? undefined : checkExpiry(wish.expires, now),
    wider ? new Refusal('invalid_scopes', 'A token cannot be given more than it has') : undefined,
  ].filter((each) => each !== undefined)
}

/**
 * Changes a user's own token to what the wish says. Never for the wider: whoever has got hold of a session could
 * otherwise give a token that lies in some script's configuration more than its owner ever meant it to have. An edit
 * that changes nothing leaves no history.
 *
 * @returns what is wrong with the wish, or nothing when it is done
 */
export async function editUserToken(
  context: Context,
  username: string,
  key: TokenKey,
  wish: TokenWish,
  actor: Actor,
): Promise<readonly Refusal[]> {
  try {
    return await context.postgres.prisma.$transaction(async (db) => {
      const now = context.clock()
      const before = await lockUserToken(db, username, key)
      if (!before || hasExpired(before.expires, now)) return [new Refusal('not_found')]
      const wrong = checkEdit(before, wish, now)
      if (wrong.length > 0) return wrong
      const { expires: _replaced, ...rest } = before
      const after: TokenRecord = {
        ...rest,
        name: wish.name,
        scopes: sortScopes(wish.scopes),
        ...(wish.expires !== undefined && { expires: wish.expires }),
      }
      const change = recordEdit(before, after, actor, now)
      if (Object.keys(change.old ?? {}).length === 0) return []
      await updateUserToken(db, after)
      await appendChanges(db, [change])
      return []
    })
  } catch (error) {
    if (isDuplicateTokenName(error))
      return [new Refusal('duplicate_token_name', `Token name ${wish.name} already used`)]
    throw error
  }
}
