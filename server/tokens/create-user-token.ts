import { actOfNewToken, type GuardedAct } from '../core/access/reauthentication.js'
import { Refusal } from '../core/access/refusal.js'
import { type Restriction, restrictHeir } from '../core/access/restriction.js'
import { cleanTokenName, isTokenName } from '../core/people/token-name.js'
import type { EpochSeconds } from '../core/time.js'
import { endOfHeir, makersOfHeir, scopesForHeirs } from '../core/token/heirs.js'
import type { Actor } from '../core/token/history.js'
import { checkExpiry, endOfNew } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { isAdministrator, type Scope, sortScopes, USER_TOKEN } from '../core/token/scope.js'
import type { Context } from '../storage/context.js'
import { type CreatedToken, insertToken, type WantedToken } from './insert.js'

/** A user's request for a token. */
export interface TokenRequest {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Absent: never expires, or as late as the site allows. */
  readonly expires?: EpochSeconds
  /** Absent: may be used everywhere, or where the token may that creates it. */
  readonly restriction?: Restriction
}

/** Returns the act of creating a user token for oneself, with the end that the site gives where none is asked for. */
export function actOfRequest(
  { settings, clock }: Pick<Context, 'settings' | 'clock'>,
  scopes: readonly Scope[],
  expires: EpochSeconds | undefined,
): GuardedAct {
  return actOfNewToken(scopes, expires === undefined ? settings.tokenPolicy.user?.maximum : expires - clock())
}

/** Returns every reason to refuse a request, so that a form can show them all; in Gafaelfawr's order for the API. */
export function validateTokenRequest(context: Context, creator: TokenRecord, wish: TokenRequest): Refusal[] {
  return [
    isTokenName(cleanTokenName(wish.name)) ? undefined : new Refusal('invalid_name'),
    checkExpiry(wish.expires, context.clock()) ?? refusalOf(endFor(context, 'user', wish.expires, creator)),
    checkScopes(context, creator, wish.scopes),
    refusalOf(restrictHeir(creator.restriction, wish.restriction)),
    refusalOf(makersOfHeir(creator)),
  ].filter((each) => each !== undefined)
}

/**
 * Makes a user token for the person who holds `creator`, with no more scopes than that token has: a token must not be
 * a way to get more than one holds. Only its answer ever holds the secret.
 */
export async function createUserToken(
  context: Context,
  creator: TokenRecord,
  wish: TokenRequest,
  actor: Actor,
): Promise<CreatedToken | Refusal> {
  const wanted = userTokenFor(context, creator, wish)
  return wanted instanceof Refusal ? wanted : insertToken(context, wanted, { ...actor, maker: creator })
}

/** Returns the user token that {@link createUserToken} makes, by all rules that need no look at other tokens. */
export function userTokenFor(context: Context, creator: TokenRecord, wish: TokenRequest): WantedToken | Refusal {
  if (!creator.scopes.includes(USER_TOKEN) && !isAdministrator(creator.scopes)) {
    return new Refusal('permission_denied', `Missing required ${USER_TOKEN} scope`)
  }
  const [refusal] = validateTokenRequest(context, creator, wish)
  if (refusal) return refusal
  const expires = endFor(context, 'user', wish.expires, creator)
  if (expires instanceof Refusal) return expires
  const restriction = restrictHeir(creator.restriction, wish.restriction)
  if (restriction instanceof Refusal) return restriction
  return {
    type: 'user',
    username: creator.username,
    name: cleanTokenName(wish.name),
    scopes: sortScopes(wish.scopes),
    ...(expires !== undefined && { expires }),
    ...(creator.pinned && { pinned: creator.pinned }),
    ...(restriction && { restriction }),
  }
}

/** When a token that is made now ends, by the site's policy for its type and by the token that makes it, if one does. */
export function endFor(
  { settings, clock, random }: Context,
  type: 'user' | 'service',
  wanted: EpochSeconds | undefined,
  maker: TokenRecord | undefined,
): EpochSeconds | undefined | Refusal {
  const share = random(4).readUInt32BE() / 2 ** 32
  const end = endOfNew(wanted, clock(), settings.tokenPolicy[type] ?? {}, share)
  return end instanceof Refusal || !maker ? end : endOfHeir(maker, wanted, end, clock())
}

/**
 * Checks the scopes of a token that a user makes for themselves. An administrator may ask for what they do not hold only
 * where tokens keep their scopes; elsewhere the groups would take it away at the first check.
 *
 * Attack: an administrator grants themselves `admin:token` and leaves the group; a granted token would stay.
 */
export function checkScopes(
  { settings }: Pick<Context, 'settings'>,
  creator: TokenRecord,
  wanted: readonly Scope[],
): Refusal | undefined {
  const { scopesFollowGroups, groupMapping } = settings
  const unknown = checkKnown({ settings }, wanted)
  if (unknown) return unknown
  if (isAdministrator(creator.scopes) && !scopesFollowGroups) return undefined
  const held = scopesForHeirs(creator, scopesFollowGroups ? groupMapping : undefined)
  return wanted.some((scope) => !held.includes(scope)) ? new Refusal('invalid_scopes') : undefined
}

export function checkKnown({ settings }: Pick<Context, 'settings'>, wanted: readonly Scope[]): Refusal | undefined {
  const unknown = wanted.some((scope) => !settings.knownScopes.has(scope))
  return unknown ? new Refusal('invalid_scopes', 'Unknown scopes requested').worded('unknown') : undefined
}

function refusalOf(outcome: unknown): Refusal | undefined {
  return outcome instanceof Refusal ? outcome : undefined
}
