import type { EpochSeconds } from '../time.js'
import { hasExpired } from '../token/lifetime.js'
import type { Scope } from '../token/scope.js'
import { Refusal, type RefusalCode } from './refusal.js'
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

/** The rules of a decision, by the parameter or the property that each compares. */
export type DecisionRule =
  | 'expires'
  | 'minimum_lifetime'
  | 'restriction'
  | 'scope'
  | 'only_service'
  | 'username'
  | 'user_domain'

interface DecisionFacts {
  readonly required: DecisionInput
  readonly token: Candidate
  readonly place: RequestedHost
  readonly now: EpochSeconds
}

/**
 * Each rule with its refusal. The order is Gafaelfawr's (lifetime, scopes, user), so that each refusal is the one that its
 * clients know; with restrictions, which it lacks, before the scopes.
 */
const RULES: readonly (readonly [DecisionRule, (facts: DecisionFacts) => Refusal | undefined])[] = [
  ['expires', ({ token, now }) => refuseIf(hasExpired(token.expires, now), 'invalid_token')],
  ['minimum_lifetime', (facts) => refuseIf(!lastsLongEnough(facts), 'lifetime_too_short')],
  [
    'restriction',
    ({ required, token, place }) =>
      refuseOutside(token.restriction, { address: place.address, service: serviceOf(required) }),
  ],
  ['scope', ({ required, token }) => refuseIf(!hasScopes(required, token.scopes), 'insufficient_scope')],
  ['only_service', (facts) => refuseIf(!isForService(facts), 'user_not_allowed')],
  ['username', ({ required, token }) => refuseIf(!isUser(required.username, token.username), 'user_not_allowed')],
  [
    'user_domain',
    ({ required, token, place }) =>
      refuseIf(required.userDomain && !isDomainOf(token.username, place), 'user_not_allowed'),
  ],
]

/** Decides whether a token may pass at this instant; the first rule that refuses it says why. */
export function decide(
  required: DecisionInput,
  token: Candidate,
  place: RequestedHost,
  now: EpochSeconds,
): Refusal | undefined {
  const facts = { required, token, place, now }
  for (const [, refuse] of RULES) {
    const refusal = refuse(facts)
    if (refusal) return refusal
  }
  return undefined
}

/** Returns the outcome of every rule, in the order of {@link decide}: the first refusal is the one that it returns. */
export function decideByRule(
  required: DecisionInput,
  token: Candidate,
  place: RequestedHost,
  now: EpochSeconds,
): { readonly rule: DecisionRule; readonly refusal?: Refusal }[] {
  return RULES.map(([rule, refuse]) => {
    const refusal = refuse({ required, token, place, now })
    return { rule, ...(refusal && { refusal }) }
  })
}

function refuseIf(isRefused: boolean, code: RefusalCode): Refusal | undefined {
  return isRefused ? new Refusal(code) : undefined
}

/** The name of a location's service: its own, or the one that it has a token made for. */
export function serviceOf({ service, delegation }: Pick<DecisionInput, 'service' | 'delegation'>): string | undefined {
  return service ?? (delegation?.type === 'internal' ? delegation.service : undefined)
}

function lastsLongEnough({ required: { minimumLifetime }, token: { expires }, now }: DecisionFacts): boolean {
  return minimumLifetime === undefined || expires === undefined || expires - now >= minimumLifetime
}

function hasScopes({ scopes, satisfy }: Pick<DecisionInput, 'scopes' | 'satisfy'>, held: readonly Scope[]): boolean {
  const has = (scope: Scope) => held.includes(scope)
  return satisfy === 'all' ? scopes.every(has) : scopes.some(has)
}

function isForService({ required: { onlyServices }, token: { service } }: DecisionFacts): boolean {
  return onlyServices.length === 0 || onlyServices.some((each) => each === service)
}

function isUser(required: string | undefined, username: string): boolean {
  return required === undefined || required === username
}

/** `ada.nb.example.org` is Ada's where the site is `nb.example.org` or above it. */
function isDomainOf(username: string, { host, baseHost }: RequestedHost): boolean {
  return host?.endsWith(`.${baseHost}`) === true && host.split('.', 1)[0] === username
}
