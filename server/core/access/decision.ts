import type { EpochSeconds } from '../time.js'
import { hasExpired } from '../token/lifetime.js'
import type { Scope } from '../token/scope.js'
import { Refusal } from './refusal.js'
import type { Requirement } from './requirement.js'
import { type Restriction, refuseOutside } from './restriction.js'

/** The fields of a verified token that a decision needs. */
export interface Candidate {
  readonly username: string
  readonly scopes: readonly Scope[]
  readonly expires?: EpochSeconds
  readonly service?: string
  readonly restriction?: Restriction
}

/** Where the request is going, for locations that belong to one user each; and where it comes from. */
export interface RequestedHost {
  /** The host name of the original request, without a port. */
  readonly host?: string
  /** The site's own host name. */
  readonly baseHost: string
  /** The client's address. */
  readonly address?: string | undefined
}

type DecisionInput = Pick<
  Requirement,
  'scopes' | 'satisfy' | 'onlyServices' | 'username' | 'userDomain' | 'minimumLifetime' | 'service' | 'delegation'
>

/**
 * Decides whether a token may pass at this instant. The order is Gafaelfawr's (lifetime, scopes, user), so that each
 * refusal is the one that its clients know; with restrictions, which it lacks, before the scopes.
 */
export function decide(
  required: DecisionInput,
  token: Candidate,
  place: RequestedHost,
  now: EpochSeconds,
): Refusal | undefined {
  if (hasExpired(token.expires, now)) return new Refusal('invalid_token')
  if (!lastsLongEnough(required.minimumLifetime, token.expires, now)) return new Refusal('lifetime_too_short')
  const outside = refuseOutside(token.restriction, { address: place.address, service: serviceOf(required) })
  if (outside) return outside
  if (!hasScopes(required, token.scopes)) return new Refusal('insufficient_scope')
  if (!isRightCaller(required, token, place)) return new Refusal('user_not_allowed')
  return undefined
}

/** The name of a location's service: its own, or the one that it has a token made for. */
function serviceOf({ service, delegation }: Pick<DecisionInput, 'service' | 'delegation'>): string | undefined {
  return service ?? (delegation?.type === 'internal' ? delegation.service : undefined)
}

function lastsLongEnough(
  needed: EpochSeconds | undefined,
  expires: EpochSeconds | undefined,
  now: EpochSeconds,
): boolean {
  return needed === undefined || expires === undefined || expires - now >= needed
}

function hasScopes({ scopes, satisfy }: Pick<DecisionInput, 'scopes' | 'satisfy'>, held: readonly Scope[]): boolean {
  const has = (scope: Scope) => held.includes(scope)
  return satisfy === 'all' ? scopes.every(has) : scopes.some(has)
}

function isRightCaller(required: DecisionInput, token: Candidate, place: RequestedHost): boolean {
  const { onlyServices, username, userDomain } = required
  if (onlyServices.length > 0 && !onlyServices.some((each) => each === token.service)) return false
  if (username !== undefined && username !== token.username) return false
  return !userDomain || isDomainOf(token.username, place)
}

/** `ada.nb.example.org` is Ada's where the site is `nb.example.org` or above it. */
function isDomainOf(username: string, { host, baseHost }: RequestedHost): boolean {
  return host?.endsWith(`.${baseHost}`) === true && host.split('.', 1)[0] === username
}
