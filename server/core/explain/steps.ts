import { type Candidate, type DecisionRule, decideByRule, type RequestedHost, serviceOf } from '../access/decision.js'
import type { Refusal, RefusalCode } from '../access/refusal.js'
import type { Requirement } from '../access/requirement.js'
import { type EpochSeconds, isoTime } from '../time.js'
import { inWords } from '../token/lifetime.js'
import type { Scope } from '../token/scope.js'

/** The rules of the check that an explanation goes through. */
export type ExplainedRule = DecisionRule | 'valid' | 'program' | 'quota'

/** One rule of the check, applied to one token. */
export interface Step {
  readonly rule: ExplainedRule
  readonly passes: boolean
  /** About the token: "It has the scope read:tap." */
  readonly sentence: string
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
    .map(({ rule, refusal }) => step(rule, sentenceOf(rule, facts, refusal), refusal))
}

/** Builds a step from its refusal. */
export function step(rule: ExplainedRule, sentence: string, refusal?: Refusal): Step {
  if (!refusal) return { rule, passes: true, sentence }
  return { rule, passes: false, sentence, code: refusal.code, remedy: refusal.remedy }
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

function sentenceOf(rule: DecisionRule, { required, token, place }: Facts, refusal: Refusal | undefined): string {
  const { expires, username, service } = token
  switch (rule) {
    case 'expires':
      if (expires === undefined) return 'It never expires.'
      return refusal ? `It expired at ${inUtc(expires)}.` : `It is valid until ${inUtc(expires)}.`
    case 'minimum_lifetime': {
      const needed = inWords(required.minimumLifetime ?? 0)
      return refusal ? `It ends in less than ${needed}.` : `It is valid for at least ${needed} more.`
    }
    case 'restriction':
      if (!refusal) return 'It may be used here.'
      return `${refusal.message}: ${boundTo(token)}. This request comes from ${place.address ?? 'an unknown address'}${atService(required)}.`
    case 'scope':
      return refusal ? lacking(required, token) : `It has ${scopesInWords(heldOf(required, token))}.`
    case 'only_service':
      return `Only tokens made for ${listed(required.onlyServices, 'or')} pass; it was made for ${service ?? 'no service'}.`
    case 'username':
      return `Only ${required.username} passes; it is a token of ${username}.`
    case 'user_domain':
      return `The host is that of one user, the first part of its name; it is a token of ${username}.`
  }
}

/** `2026-12-19 09:41:00 UTC`. */
function inUtc(at: EpochSeconds): string {
  return isoTime(at).replace('T', ' ').replace('Z', ' UTC')
}

function lacking({ scopes, satisfy }: Requirement, { scopes: held, notInEffect = [] }: ExplainedToken): string {
  const missing = scopes.filter((each) => !held.includes(each))
  const asleep = missing.filter((each) => notInEffect.includes(each))
  const lacks = satisfy === 'any' && scopes.length > 1 ? `none of ${listed(scopes, 'or')}` : undefined
  const first = lacks ? `It has ${lacks}.` : `It lacks ${scopesInWords(missing)}.`
  if (asleep.length === 0) return first
  return `${first} It was created with ${listed(asleep, 'and')}, which no group of its owner gives now.`
}

function heldOf({ scopes, satisfy }: Requirement, { scopes: held }: ExplainedToken): readonly Scope[] {
  return satisfy === 'all' ? scopes : scopes.filter((each) => held.includes(each))
}

function boundTo({ restriction = {} }: ExplainedToken): string {
  const { networks, services } = restriction
  return [
    ...(networks ? [`it is bound to the networks ${listed(networks, 'and')}`] : []),
    ...(services ? [`it is bound to the services ${listed(services, 'and')}`] : []),
  ].join(', and ')
}

function atService(required: Requirement): string {
  const name = serviceOf(required)
  return name === undefined ? ', and the location has no name of a service' : ` to the service ${name}`
}

/** `the scope read:tap`, `the scopes read:image and read:tap`. */
export function scopesInWords(scopes: readonly Scope[], word: 'and' | 'or' = 'and'): string {
  return `the ${scopes.length === 1 ? 'scope' : 'scopes'} ${listed(scopes, word)}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[], word: 'and' | 'or'): string {
  if (names.length < 2) return names.join()
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`
}
