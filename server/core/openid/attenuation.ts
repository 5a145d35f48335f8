import type { Restriction } from '../access/restriction.js'
import type { EpochSeconds } from '../time.js'
import { MAXIMUM_DEPTH } from '../token/ancestry.js'
import type { TokenRecord, TokenType } from '../token/record.js'
import { isHandedOn, type Scope, sortScopes } from '../token/scope.js'
import type { TokenKey } from '../token/token.js'
import { endWithin, placesWithin, type Wish } from './bounds.js'
import { ExchangeFault } from './exchange.js'

/*
 * A token is exchanged for a child of it. Attack: a holder who may do little gets a token that may do more, lasts longer, works
 * in more places, or outlives the first. So a child has no right that its parent lacks, and every check of it asks for the
 * parent, too.
 */

/** Why tokens of a type are not exchanged; null: they are. */
// biome-ignore format: a table reads in columns
const UNEXCHANGED: Readonly<Record<TokenType, string | null>> = {
  user:     null,
  service:  null,
  notebook: null,
  internal: null,
  session:  'a session is a browser’s, and no program has one: create a user token',
  // It opens the claims of its scopes to its client; a child would open all of them, to any holder.
  oidc:     'it tells a client who signed in, and opens nothing here',
}

interface Terms {
  readonly now: EpochSeconds
  /** The longest that a delegated token may last. */
  readonly lifetime: EpochSeconds
}

/** What a child is, but for its key. */
export interface Child {
  readonly type: 'internal'
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly created: EpochSeconds
  readonly expires: EpochSeconds
  readonly parent: TokenKey
  readonly depth: number
  readonly restriction?: Restriction
  /** The service that its parent was made for. */
  readonly service?: string
}

/**
 * Computes the child of a valid token. It may do no more than that one, for no longer and in no further place.
 *
 * Attack: a user names the portal as audience, and passes where only tokens made for the portal do (`only_service`). So the
 * audience is a bound of the child, and never the service that it was made for.
 *
 * @param subject in effect, as {@link authenticate} gives it
 */
export function attenuate(subject: TokenRecord, wish: Wish, { now, lifetime }: Terms): Child | ExchangeFault {
  const { key, username, type, service, depth = 0 } = subject
  const why = UNEXCHANGED[type]
  if (why !== null) return invalid(`subject_token is of type ${type}: ${why}`)
  if (depth >= MAXIMUM_DEPTH) return invalid('subject_token has been delegated too many times')
  const scopes = scopesOf(subject, wish.scopes)
  if (scopes instanceof ExchangeFault) return scopes
  const latest = Math.min(subject.expires ?? Number.POSITIVE_INFINITY, now + lifetime)
  const expires = endWithin(wish.seconds, { now, latest })
  if (expires instanceof ExchangeFault) return expires
  const restriction = placesWithin(subject.restriction, wish)
  if (restriction instanceof ExchangeFault) return restriction
  return {
    type: 'internal',
    username,
    scopes,
    created: now,
    expires,
    parent: key,
    depth: depth + 1,
    ...(restriction && { restriction }),
    ...(service !== undefined && { service }),
  }
}

function scopesOf({ scopes: held }: TokenRecord, asked?: readonly Scope[]): readonly Scope[] | ExchangeFault {
  if (!asked) return sortScopes(held.filter(isHandedOn))
  const never = asked.find((scope) => !isHandedOn(scope))
  if (never !== undefined) return new ExchangeFault('invalid_scope', `${never} is not given by exchange`)
  const missing = asked.filter((scope) => !held.includes(scope))
  if (missing.length > 0) return new ExchangeFault('invalid_scope', `subject_token lacks ${missing.join(' ')}`)
  return sortScopes(asked)
}

function invalid(description: string): ExchangeFault {
  return new ExchangeFault('invalid_request', description)
}
