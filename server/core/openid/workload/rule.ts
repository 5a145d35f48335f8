import type { Restriction } from '../../access/restriction.js'
import type { EpochSeconds } from '../../time.js'
import { type Scope, sortScopes } from '../../token/scope.js'
import { endWithin, placesWithin, type Wish } from '../bounds.js'
import { ExchangeFault } from '../exchange.js'
import { type Claims, claimsAmiss, nameOfClaim, type WantedClaim } from './claims.js'

/** Which programs elsewhere get a token here, and what it may do. */
export interface WorkloadRule {
  /** All of them must be right. */
  readonly claims: readonly WantedClaim[]
  /** The service account whose token it is. */
  readonly username: string
  readonly scopes: readonly Scope[]
  /** Scopes of administrators, which are given where a request names them. */
  readonly adminScopes: readonly Scope[]
  /** Seconds that a token lasts at most. */
  readonly lifetime: EpochSeconds
  /** The services at which a token may be used; absent: all. */
  readonly services?: readonly string[] | undefined
}

/** A service token that a program elsewhere gets, before it is minted. */
export interface WorkloadToken {
  readonly type: 'service'
  readonly username: string
  readonly scopes: readonly Scope[]
  /** The site's settings give it its scopes, and no group of a user. */
  readonly granted: true
  readonly expires: EpochSeconds
  readonly restriction?: Restriction
}

interface Terms {
  readonly now: EpochSeconds
  /** Seconds that a service token of the site may last; absent: any time. */
  readonly maximum?: EpochSeconds | undefined
}

/** Finds the first rule whose claims are all those of the JWT. */
export function ruleFor(rules: readonly WorkloadRule[], claims: Claims): WorkloadRule | undefined {
  return rules.find((rule) => claimsAmiss(rule.claims, claims).length === 0)
}

/**
 * Names the claims that keep a JWT from the rule that is nearest to it, for the operator.
 *
 * Attack: strangers have JWTs of a shared issuer, too. They are not told how near they are.
 */
export function claimsInTheWay(rules: readonly WorkloadRule[], claims: Claims): readonly string[] {
  const [nearest = []] = rules
    .map((rule) => claimsAmiss(rule.claims, claims).map(nameOfClaim))
    .sort((one, other) => one.length - other.length)
  return nearest
}

/** Computes the token that a rule gives for a request: no more than the rule has, for no longer. */
export function tokenByRule(rule: WorkloadRule, wish: Wish, { now, maximum }: Terms): WorkloadToken | ExchangeFault {
  const scopes = scopesOf(rule, wish.scopes)
  if (scopes instanceof ExchangeFault) return scopes
  const lifetime = Math.min(rule.lifetime, maximum ?? rule.lifetime)
  const expires = endWithin(wish.seconds, { now, latest: now + lifetime })
  if (expires instanceof ExchangeFault) return expires
  const restriction = placesWithin(rule.services && { services: rule.services }, wish)
  if (restriction instanceof ExchangeFault) return restriction
  const { username } = rule
  return { type: 'service', username, scopes, granted: true, expires, ...(restriction && { restriction }) }
}

function scopesOf({ scopes, adminScopes }: WorkloadRule, asked = scopes): readonly Scope[] | ExchangeFault {
  const beyond = asked.filter((scope) => !scopes.includes(scope) && !adminScopes.includes(scope))
  if (beyond.length === 0) return sortScopes(asked)
  return new ExchangeFault('invalid_scope', `the rule for subject_token does not give ${beyond.join(' ')}`)
}
