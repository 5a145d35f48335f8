import { Refusal } from '../core/access/refusal.js'
import { isWithin } from '../core/access/restriction.js'
import { cleanTokenName, isTokenName } from '../core/people/token-name.js'
import type { EpochSeconds } from '../core/time.js'
import { endOfHeir, narrowedHeir } from '../core/token/heirs.js'
import { type Actor, recordEdit, type TokenHistoryEntry } from '../core/token/history.js'
import { checkExpiry, endOfNew, endsLater, hasExpired } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { sortScopes } from '../core/token/scope.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { isDuplicateTokenName } from '../storage/postgres/constraint-errors.js'
import { isSuspended } from '../storage/postgres/suspensions/suspensions.js'
import { lockHeirs } from '../storage/postgres/token-heirs.js'
import { appendHistory } from '../storage/postgres/token-history.js'
import { lockUserToken, updateUserToken } from '../storage/postgres/tokens.js'
import { commit, type UnitOfWork } from '../storage/unit-of-work.js'
import { checkKnown, type TokenRequest } from './create-user-token.js'
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
  const later = endsLater(wish.expires, token.expires)
  return [
    isTokenName(wish.name) || wish.name === token.name ? undefined : new Refusal('invalid_name'),
    later ? new Refusal('invalid_expires', 'A token cannot be made to last longer').worded('later') : undefined,
    wish.expires === token.expires || later ? undefined : checkExpiry(wish.expires, now),
    wider ? new Refusal('invalid_scopes', 'A token cannot be given more than it has').worded('wider') : undefined,
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
/** No edit lifts a restriction, not even an administrator's: the place where the token is in use was chosen for it. */
const LIFTED = new Refusal('invalid_restriction', 'A token cannot be used in more places than before').worded('wider')
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
      if (await isSuspended(db, key)) return new Refusal('token_suspended')
      const wish = withCleanName(become(before), before)
      name = wish.name
      const [refusal] = rule(before, wish, now)
      if (refusal) return refusal
      if (!isWithin(wish.restriction, before.restriction)) return LIFTED
      const { expires: _replaced, ...rest } = before
      const after: TokenRecord = {
        ...rest,
        name,
        scopes: sortScopes(wish.scopes),
        ...(wish.expires !== undefined && { expires: wish.expires }),
        ...(wish.restriction && { restriction: wish.restriction }),
      }
      const change = recordEdit(before, after, actor, now)
      if (Object.keys(change.old ?? {}).length === 0) return before
      if (name !== before.name) await freeNameOfExpired(writing, username, name, now)
      await updateUserToken(writing, after)
      const narrowed = await narrowHeirs(writing, { before, after }, actor, now)
      await appendHistory(writing, [change, ...narrowed], actor)
      return after
    })
  } catch (error) {
    if (isDuplicateTokenName(error))
      return new Refusal('duplicate_token_name', `Token name ${name} already used`).worded('named', { name })
    throw error
  }
}

/** A name that stays is not touched: one of before this rule may look like another. */
function withCleanName(wish: TokenRequest, before: TokenRecord): TokenRequest {
  return wish.name === before.name ? wish : { ...wish, name: cleanTokenName(wish.name) }
}

/**
 * Takes from the tokens that were made with a token what an edit takes from it: scopes, places, and the time after its new
 * end.
 * Returns their history.
 */
async function narrowHeirs(
  writing: UnitOfWork,
  { before, after }: { readonly before: TokenRecord; readonly after: TokenRecord },
  actor: Actor,
  now: EpochSeconds,
): Promise<TokenHistoryEntry[]> {
  const narrowed = (await lockHeirs(writing.db, after.key)).map(
    (heir) => [heir, narrowedHeir(heir, before, after)] as const,
  )
  const changed = narrowed.filter(([heir, next]) => heir !== next)
  for (const [, next] of changed) await updateUserToken(writing, next)
  return changed.map(([heir, next]) => recordEdit(heir, next, actor, now))
}

/**
 * Lets an administrator edit freely: the result must only be a valid token of this site. A user token of theirs makes no
 * token last longer than itself.
 *
 * Attack: an administrator widens a token that another one granted them, and leaves; a granted token would stay.
 */
export function adminEdit({ settings }: Context, editor: TokenRecord): EditRule {
  const policy = settings.tokenPolicy.user ?? {}
  const beyond = (token: TokenRecord, expires: EpochSeconds | undefined) => {
    const end = endOfNew(expires ?? Number.POSITIVE_INFINITY, token.created, policy, 0)
    return end instanceof Refusal ? end : undefined
  }
  const outlasting = (wish: TokenRequest, now: EpochSeconds) => {
    const end = endOfHeir(editor, wish.expires ?? Number.POSITIVE_INFINITY, wish.expires, now)
    return end instanceof Refusal ? end : undefined
  }
  return (token, wish, now) => {
    const wider = wish.scopes.some((scope) => !token.scopes.includes(scope))
    const later = endsLater(wish.expires, token.expires)
    const ownGrant = token.granted && token.username === editor.username && (wider || later)
    return [
      ownGrant
        ? new Refusal('permission_denied', 'A token that was granted to you is for another to widen')
        : undefined,
      isTokenName(wish.name) || wish.name === token.name ? undefined : new Refusal('invalid_name'),
      wish.expires === token.expires ? undefined : (checkExpiry(wish.expires, now) ?? beyond(token, wish.expires)),
      later ? outlasting(wish, now) : undefined,
      checkKnown({ settings }, wish.scopes),
    ].filter((each) => each !== undefined)
  }
}
