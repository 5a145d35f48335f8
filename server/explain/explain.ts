import { Refusal } from '../core/access/refusal.js'
import { compileRequirement, type Requirement } from '../core/access/requirement.js'
import type { Need } from '../core/explain/finding.js'
import type { Location } from '../core/explain/location.js'
import { needsOf, type Remedy, remedyFor } from '../core/explain/needs.js'
import { type Step, step } from '../core/explain/steps.js'
import type { TokenRecord } from '../core/token/record.js'
import { type Scope, scopesOfGroups } from '../core/token/scope.js'
import { findPerson } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { suspensionOf } from '../tokens/incident/suspension-of.js'
import { listTokens } from '../tokens/list.js'
import { resolveToken } from '../tokens/resolve.js'
import { type ExplainedRequest, judge } from './judge.js'
import { findLocations } from './known-locations.js'

/** The address or requirement to explain, and the user to whom. */
export interface Question {
  readonly request: ExplainedRequest
  /** A query string instead of those that are known for the URL. */
  readonly requirement?: string
  readonly username: string
  /** The scopes that a new token of the user could have; their groups' when not given. */
  readonly held?: readonly Scope[]
  /** Which of the user's tokens are judged; all when not given. */
  readonly of?: (token: TokenRecord) => boolean
  /** Whether a new session of the user is judged, too: what they could do if they signed in. */
  readonly withSession?: boolean
}

/** A token that was judged at a location; without a record, a new session of the user. */
export interface JudgedAt {
  readonly record?: TokenRecord
  readonly passes: boolean
  readonly steps: readonly Step[]
}

/** A location, what it needs, and which tokens of the user it admits. */
export interface Explanation {
  readonly location: Pick<Location, 'query' | 'source' | 'name'> & { readonly prefix?: string }
  readonly requirement: Requirement
  readonly needs: readonly Need[]
  readonly tokens: readonly JudgedAt[]
  readonly remedy: Remedy
}

/** More of one user are not judged. */
const MOST_TOKENS = 100

/**
 * Explains what an address needs, and which of a user's tokens it admits and why. Nothing is counted, delegated or recorded.
 *
 * @returns one explanation for each location that the address may fall under; none if none is known. `invalid_parameter` for a
 *   requirement that is none
 */
export async function explain(context: Context, question: Question): Promise<Explanation[] | Refusal> {
  const { request, requirement, username } = question
  const locations =
    requirement === undefined
      ? await findLocations(context, request.url ?? '')
      : [{ query: requirement, source: 'declared' as const }]
  const compiled = locations.map((location) => ({
    location,
    ...compileRequirement(new URLSearchParams(location.query)),
  }))
  const [wrong] = compiled.flatMap(({ early, late }) => [...early, ...late])
  if (wrong) {
    const problem = `${wrong.loc.at(-1)}: ${wrong.msg}`
    return new Refusal('invalid_parameter', `requirement: ${problem}`).worded('requirement', { problem })
  }
  if (compiled.length === 0) return []

  const person = await findPerson(context, username)
  const groups = (person?.groups ?? []).map(({ name }) => name)
  const held = question.held ?? scopesOfGroups(groups, context.settings.groupMapping)
  const stored = (await listTokens(context, username)).filter(question.of ?? (() => true)).slice(0, MOST_TOKENS)
  return Promise.all(
    compiled.map(async ({ location, requirement: required }) => ({
      location,
      requirement: required,
      needs: needsOf(required),
      tokens: [
        ...(question.withSession
          ? [judged(await judge(context, required, { username, scopes: held, groups }, request))]
          : []),
        ...(await Promise.all(stored.map((each) => judgeStored(context, required, each, request)))),
      ],
      remedy: remedyFor(required, username, held),
    })),
  )
}

/** Judges a token as it is now: limited by its owner's groups and by what it was delegated from. */
async function judgeStored(
  context: Context,
  required: Requirement,
  record: TokenRecord,
  request: ExplainedRequest,
): Promise<JudgedAt> {
  const effective = (await resolveToken(context, record.key))?.record
  if (!effective) return judged([await invalid(context, record)], record)
  const notInEffect = record.scopes.filter((scope) => !effective.scopes.includes(scope))
  return judged(await judge(context, required, { ...effective, notInEffect }, request), record)
}

/** Says why a token is not valid: its owner, or an administrator, asks. */
async function invalid(context: Context, record: TokenRecord): Promise<Step> {
  const suspension = await suspensionOf(context, record)
  if (!suspension) return step('valid', { is: 'ended' }, new Refusal('invalid_token'))
  const { until: at, reason } = suspension
  return step('valid', { is: 'suspended', at, ...(reason !== undefined && { reason }) }, new Refusal('token_suspended'))
}

function judged(steps: readonly Step[], record?: TokenRecord): JudgedAt {
  return { passes: steps.every(({ passes }) => passes), steps, ...(record && { record }) }
}
