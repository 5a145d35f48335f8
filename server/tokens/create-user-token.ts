import { Refusal } from '../core/access/refusal.js'
import { isTokenName } from '../core/people/identifiers.js'
import type { EpochSeconds } from '../core/time.js'
import type { Actor } from '../core/token/history.js'
import { checkExpiry, endOfNew } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { ADMIN_TOKEN, type Scope, sortScopes, USER_TOKEN } from '../core/token/scope.js'
import type { Context } from '../storage/context.js'
import { type CreatedToken, insertToken } from './insert.js'

/** A user's request for a token. */
export interface TokenRequest {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Absent: never expires, or as late as the site allows. */
  readonly expires?: EpochSeconds
}

/** Returns every reason to refuse a request, so that a form can show them all; in Gafaelfawr's order for the API. */
export function validateTokenRequest(context: Context, creator: TokenRecord, wish: TokenRequest): Refusal[] {
  const unknown = wish.scopes.some((scope) => !context.settings.knownScopes.has(scope))
  const isAdmin = creator.scopes.includes(ADMIN_TOKEN)
  const broader = !isAdmin && wish.scopes.some((scope) => !creator.scopes.includes(scope))
  const scopes = unknown ? new Refusal('invalid_scopes', 'Unknown scopes requested') : new Refusal('invalid_scopes')
  return [
    isTokenName(wish.name) ? undefined : new Refusal('invalid_name'),
    checkExpiry(wish.expires, context.clock()) ?? refusalOf(endFor(context, 'user', wish.expires)),
    unknown || broader ? scopes : undefined,
  ].filter((each) => each !== undefined)
}

/**
 * Makes a user token for the person who holds `creator`, with no more scopes than that token has: a token must not be
 * a way to get more than one holds. An administrator may give themselves what they do not hold; that is a grant, as
 * those to others are. Only its answer ever holds the secret.
 */
export async function createUserToken(
  context: Context,
  creator: TokenRecord,
  wish: TokenRequest,
  actor: Actor,
): Promise<CreatedToken | Refusal> {
  const forbidden = mayCreate(context, creator)
  if (forbidden) return forbidden
  const [refusal] = validateTokenRequest(context, creator, wish)
  if (refusal) return refusal
  const expires = endFor(context, 'user', wish.expires)
  if (expires instanceof Refusal) return expires
  const scopes = sortScopes(wish.scopes)
  const granted = creator.granted ?? scopes.some((scope) => !creator.scopes.includes(scope))
  const wanted = {
    type: 'user' as const,
    username: creator.username,
    name: wish.name,
    scopes,
    ...(granted && { granted }),
    ...(expires !== undefined && { expires }),
    ...(creator.pinned && { pinned: creator.pinned }),
  }
  return insertToken(context, wanted, actor)
}

/** When a token that is made now ends, by the site's policy for its type. */
export function endFor(
  { settings, clock, random }: Context,
  type: 'user' | 'service',
  wanted: EpochSeconds | undefined,
): EpochSeconds | undefined | Refusal {
  return endOfNew(wanted, clock(), settings.tokenPolicy[type] ?? {}, random(4).readUInt32BE() / 2 ** 32)
}

function refusalOf(outcome: unknown): Refusal | undefined {
  return outcome instanceof Refusal ? outcome : undefined
}

/**
 * A delegated token has its user's `user:token`, but code in a notebook or a service that has one could make itself a
 * token that outlives both; so it may not, unless the site says that it may.
 */
export function mayCreate({ settings }: Context, creator: TokenRecord): Refusal | undefined {
  if (!creator.scopes.includes(USER_TOKEN) && !creator.scopes.includes(ADMIN_TOKEN)) {
    return new Refusal('permission_denied', `Missing required ${USER_TOKEN} scope`)
  }
  if (creator.parent === undefined || settings.delegatedTokensCreate) return undefined
  return new Refusal('permission_denied', `A token of type ${creator.type} cannot create tokens`)
}
