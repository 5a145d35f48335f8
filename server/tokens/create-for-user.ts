import { Refusal } from '../core/access/refusal.js'
import { restrictHeir } from '../core/access/restriction.js'
import { isServiceName } from '../core/people/identifiers.js'
import { cleanTokenName, isTokenName } from '../core/people/token-name.js'
import { checkExpiry } from '../core/token/lifetime.js'
import type { Pinned, TokenRecord } from '../core/token/record.js'
import { sortScopes } from '../core/token/scope.js'
import type { Context } from '../storage/context.js'
import { checkKnown, checkScopes, endFor, type TokenRequest } from './create-user-token.js'
import { type CreatedToken, insertToken, type Maker } from './insert.js'

/** A token that an administrator makes for a user or a service. */
export interface TokenForUser extends Omit<TokenRequest, 'name'> {
  readonly username: string
  readonly type: 'user' | 'service'
  /** User tokens have one, service tokens have none. */
  readonly name?: string
  /** The owner's description, which takes precedence over the site's sources. */
  readonly pinned?: Pinned
}

/** Returns every reason to refuse a service's token that can be found before it is made, so that a form can show them all. */
export function validateServiceToken(
  context: Context,
  { scopes, expires, restriction }: Pick<TokenForUser, 'scopes' | 'expires' | 'restriction'>,
  maker: TokenRecord,
): Refusal[] {
  return [
    checkExpiry(expires, context.clock()) ?? endFor(context, 'service', expires, maker),
    checkKnown(context, scopes),
    restrictHeir(maker.restriction, restriction),
  ].filter((each) => each instanceof Refusal)
}

/**
 * Makes a token for any user, with any scopes of the site. The caller checks who may ask for it. What an administrator makes
 * for another is granted: its scopes do not depend on that user's groups. What they make for themselves is not.
 */
export async function createTokenForUser(
  context: Context,
  wanted: TokenForUser,
  { maker, ...actor }: Maker,
): Promise<CreatedToken | Refusal> {
  const { username, type, scopes, pinned } = wanted
  const name = wanted.name === undefined ? undefined : cleanTokenName(wanted.name)
  if (type === 'service' && !isServiceName(username)) {
    return new Refusal('permission_denied', `Username "${username}" must start with "bot-"`)
  }
  if (type === 'user' && !isTokenName(name ?? '')) return new Refusal('invalid_name')
  const wrong = checkExpiry(wanted.expires, context.clock())
  if (wrong) return wrong
  const expires = endFor(context, type, wanted.expires, maker)
  if (expires instanceof Refusal) return expires
  const forThemselves = maker?.username === username
  const refused = forThemselves ? checkScopes(context, maker, scopes) : checkKnown(context, scopes)
  if (refused) return refused
  const restriction = restrictHeir(maker?.restriction, wanted.restriction)
  if (restriction instanceof Refusal) return restriction
  const token = {
    type,
    username,
    scopes: sortScopes(scopes),
    ...(!forThemselves && { granted: true as const }),
    ...(name !== undefined && { name }),
    ...(restriction && { restriction }),
    ...(expires !== undefined && { expires }),
    ...(pinned && Object.keys(pinned).length > 0 && { pinned }),
  }
  return insertToken(context, token, { ...actor, maker })
}
