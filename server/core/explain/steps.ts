import { type Candidate, type DecisionRule, decideByRule, type RequestedHost, serviceOf } from '../access/decision.js'
import type { Refusal, RefusalCode } from '../access/refusal.js'
import type { Requirement } from '../access/requirement.js'
import type { EpochSeconds } from '../time.js'
import type { Scope } from '../token/scope.js'
import type { Verdict } from './finding.js'

/** The rules of the check that an explanation goes through. */
export type ExplainedRule = DecisionRule | 'valid' | 'program' | 'quota'

/** One rule of the check, applied to one token. */
export interface Step {
  readonly rule: ExplainedRule
  readonly passes: boolean
  readonly finding: Verdict
  /** Of a step that does not pass. */
  readonly code?: RefusalCode
  readonly remedy?: string
}

/** A token to explain, with the scopes that are its own and not in effect now. */
export interface ExplainedToken extends Candidate {
  readonly notInEffect?: readonly Scope[]
}

interface Facts {
  readonly required: Requirement
  readonly token: ExplainedToken
  readonly place: RequestedHost
}

/**
 * Explains a decision: one step for each rule that the location or the token raises, in the order of the check, which ends
 * with the first that does not pass.
 *
 * @param now the instant of the request that is explained
 */
export function decisionSteps(facts: Facts, now: EpochSeconds): Step[] {
  const { required, token, place } = facts
  return decideByRule(required, token, place, now)
    .filter(({ rule }) => isRaised(rule, facts))
    .map(({ rule, refusal }) => step(rule, findingOf(rule, facts, refusal), refusal))
}

/** Builds a step from its refusal. */
export function step(rule: ExplainedRule, finding: Verdict, refusal?: Refusal): Step {
  if (!refusal) return { rule, passes: true, finding }
  return { rule, passes: false, finding, code: refusal.code, remedy: refusal.remedy }
}

function isRaised(rule: DecisionRule, { required, token }: Facts): boolean {
  const raised: Readonly<Record<DecisionRule, boolean>> = {
    expires: true,
    minimum_lifetime: required.minimumLifetime !== undefined,
    restriction: token.restriction !== undefined,
    scope: required.scopes.length > 0,
    only_service: required.onlyServices.length > 0,
    username: required.username !== undefined,
    user_domain: required.userDomain,
  }
  return raised[rule]
}

function findingOf(rule: DecisionRule, { required, token, place }: Facts, refusal: Refusal | undefined): Verdict {
  const { expires, username, service } = token
  switch (rule) {
    case 'expires':
      return expires === undefined ? { is: 'neverExpires' } : { is: refusal ? 'expired' : 'expires', at: expires }
    case 'minimum_lifetime':
      return { is: refusal ? 'endsTooSoon' : 'lastsLongEnough', seconds: required.minimumLifetime ?? 0 }
    case 'restriction':
      return refusal ? elsewhere(required, token, place) : { is: 'inPlace' }
    case 'scope':
      return refusal ? lacking(required, token) : { is: 'hasScopes', scopes: heldOf(required, token) }
    case 'only_service':
      return { is: 'madeFor', services: required.onlyServices, ...(service !== undefined && { service }) }
    case 'username':
      return { is: 'ofUser', required: required.username ?? '', username }
    case 'user_domain':
      return { is: 'ofUserOfHost', username }
  }
}

function lacking({ scopes, satisfy }: Requirement, { scopes: held, notInEffect = [] }: ExplainedToken): Verdict {
  const missing = scopes.filter((each) => !held.includes(each))
  return {
    is: satisfy === 'any' && scopes.length > 1 ? 'lacksEachScope' : 'lacksScopes',
    scopes: missing,
    inactive: missing.filter((each) => notInEffect.includes(each)),
  }
}

function heldOf({ scopes, satisfy }: Requirement, { scopes: held }: ExplainedToken): readonly Scope[] {
  return satisfy === 'all' ? scopes : scopes.filter((each) => held.includes(each))
}

function elsewhere(required: Requirement, { restriction }: ExplainedToken, { address }: RequestedHost): Verdict {
  const service = serviceOf(required)
  return {
    is: 'elsewhere',
    ...restriction,
    ...(address !== undefined && { address }),
    ...(service !== undefined && { service }),
  }
}
