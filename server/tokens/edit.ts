import { Refusal } from '../core/access/refusal.js'
import { isTokenName } from '../core/people/identifiers.js'
import type { EpochSeconds } from '../core/time.js'
import { type Actor, recordEdit } from '../core/token/history.js'
import { checkExpiry, endOfNew, hasExpired } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { sortScopes } from '../core/token/scope.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isDuplicateTokenName } from '../storage/postgres/constraint-errors.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { lockUserToken, updateUserToken } from '../storage/postgres/tokens.js'
import { commit } from '../storage/unit-of-work.js'
import type { TokenRequest } from './create-user-token.js'
import { freeNameOfExpired } from './insert.js'
import { getToken } from './list.js'

/** A rule for edits. Returns every reason to refuse one; none when it is allowed. */
export type EditRule = (token: TokenRecord, wish: TokenRequest, now: EpochSeconds) => Refusal[]

/**
 * Lets an owner rename a token, remove scopes, and shorten its life.
 *
 * Attack: a thief with a stolen session widens a token that stands in a script's configuration. An owner's edit never
 * widens.
 */
export const ownerEdit: EditRule = (token, wish, now) => {
  const wider = wish.scopes.some((scope) => !token.scopes.includes(scope))
  const later = (wish.expires ?? Number.POSITIVE_INFINITY) > (token.expires ?? Number.POSITIVE_INFINITY)
  return [
    isTokenName(wish.name) ? undefined : new Refusal('invalid_name'),
    later ? new Refusal('invalid_expires', 'A token cannot be made to last longer') : undefined,
    wish.expires === token.expires || later ? undefined : checkExpiry(wish.expires, now),
    wider ? new Refusal('invalid_scopes', 'A token cannot be given more than it has') : undefined,
  ].filter((each) => each !== undefined)
}

/** A requested edit. */
export interface TokenEdit {
  readonly username: string
  readonly key: TokenKey
  /** Computes the new values from the row read under lock, not from the values that the form displayed. */
  readonly become: (token: TokenRecord) => TokenRequest
  readonly rule: EditRule
  readonly actor: Actor
}

/** Gafaelfawr's sentence. */
const NO_USER_TOKEN = new Refusal('permission_denied', 'Only user tokens can be modified')
const NOT_FOUND = new Refusal('not_found')

/**
 * Changes a user token of a user. An edit that changes nothing leaves no history. Sessions and delegated tokens cannot be
 * changed: they are what their owner's groups, or the tokens that they came from, make of them.
 *
 * @returns the edited token, or the first reason of the rule
 */
export async function editUserToken(
  context: Context,
  { username, key, become, rule, actor }: TokenEdit,
): Promise<TokenRecord | Refusal> {
  if (homeOf(key) === 'redis') return (await getToken(context, username, key)) ? NO_USER_TOKEN : NOT_FOUND
  let name = ''
  try {
    return await commit(context, async (writing) => {
      const { db } = writing
      const now = context.clock()
      const before = await lockUserToken(db, username, key)
      if (!before || hasExpired(before.expires, now)) return NOT_FOUND
      if (before.type !== 'user') return NO_USER_TOKEN
      const wish = become(before)
      name = wish.name
      const [refusal] = rule(before, wish, now)
      if (refusal) return refusal
      const { expires: _replaced, ...rest } = before
      const after: TokenRecord = {
        ...rest,
        name,
        scopes: sortScopes(wish.scopes),
        ...(wish.expires !== undefined && { expires: wish.expires }),
      }
      const change = recordEdit(before, after, actor, now)
      if (Object.keys(change.old ?? {}).length === 0) return before
      if (name !== before.name) await freeNameOfExpired(writing, username, name, now)
      await updateUserToken(writing, after)
      await appendHistory(writing, [change], actor)
      return after
    })
  } catch (error) {
    if (isDuplicateTokenName(error)) return new Refusal('duplicate_token_name', `Token name ${name} already used`)
    throw error
  }
}

/** Lets an administrator edit freely: the result must only be a valid token of this site. */
export function adminEdit({ settings }: Context): EditRule {
  const policy = settings.tokenPolicy.user ?? {}
  const beyond = (token: TokenRecord, expires: EpochSeconds | undefined) => {
    const end = endOfNew(expires ?? Number.POSITIVE_INFINITY, token.created, policy, 0)
    return end instanceof Refusal ? end : undefined
  }
  return (token, wish, now) => {
    const unknown = wish.scopes.some((scope) => !settings.knownScopes.has(scope))
    return [
      isTokenName(wish.name) ? undefined : new Refusal('invalid_name'),
      wish.expires === token.expires ? undefined : (checkExpiry(wish.expires, now) ?? beyond(token, wish.expires)),
      unknown ? new Refusal('invalid_scopes', 'Unknown scopes requested') : undefined,
    ].filter((each) => each !== undefined)
  }
}
