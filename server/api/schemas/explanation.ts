import { z } from 'zod'
import { readAddress } from '../../core/access/ip-address.js'
import { ADDRESS } from '../../core/access/ip-network.js'
import { STORABLE } from '../../core/storable-text.js'
import { LAST_INSTANT } from '../../core/time.js'
import type { Explanation, JudgedAt } from '../../explain/explain.js'
import { EXPLAINED_URL, readExplainedUrl } from '../../explain/explained-url.js'
import { newTokenUrl } from '../../explain/new-token-url.js'
import { findingInEnglish } from '../../explain/sentences.js'
import { instant, tokenKey, username } from './requests.js'
import { tokenInfo as tokenInfoResponse } from './responses.js'
import { tokenInfo } from './token-info.js'

/* What is asked for an explanation, and what is answered. */

/** Stands for the base URL: whether a text is an address does not depend on it. */
const PLACEHOLDER = new URL('https://site.invalid')

/** POST /explain. */
export const question = z
  .object({
    url: z
      .string()
      .min(1)
      .max(2000)
      .refine(
        (text) => readExplainedUrl(text, PLACEHOLDER) !== undefined,
        'value is not a path or an http or https URL',
      )
      .meta({ pattern: EXPLAINED_URL })
      .optional()
      .describe('The address of the request: a path on this site, or a whole URL'),
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/)
      .default('GET'),
    requirement: z
      .string()
      .max(2000)
      .meta({ pattern: STORABLE })
      .optional()
      .describe('The query string of an auth URL, instead of those that are known for the address'),
    username: username.optional().describe('Another user; for administrators'),
    token: tokenKey.optional().describe('The key of one token of the user; all of them when not given'),
    address: z
      .string()
      .refine((text) => readAddress(text) !== undefined, 'value is not a valid IPv4 or IPv6 address')
      .meta({ pattern: ADDRESS })
      .optional()
      .describe('The client’s address; the caller’s when not given'),
    at: instant
      .pipe(z.number().min(0).max(LAST_INSTANT))
      .nullish()
      .describe('The instant of the request; now when not given'),
  })
  .refine(({ url, requirement }) => url !== undefined || requirement !== undefined, {
    message: 'url or requirement must be given',
    path: ['url'],
  })
  .meta({ anyOf: [{ required: ['url'] }, { required: ['requirement'] }] })

const step = z
  .object({
    rule: z.string().describe('The rule of the check, by the parameter that it reads'),
    passes: z.boolean(),
    sentence: z.string().describe('About the token'),
    code: z.string().optional().describe('The error code of a step that does not pass'),
    remedy: z.string().optional().describe('What to do about it'),
  })
  .meta({ id: 'Step', description: 'One rule of a check, applied to one token.' })

const judged = z
  .object({
    token: tokenInfoResponse.nullable().describe('Null: a new session of the user'),
    passes: z.boolean(),
    steps: z.array(step).describe('In the order of the check, which ends with the first that does not pass'),
  })
  .meta({ id: 'JudgedToken', description: 'Whether a location admits a token, and why.' })

const explanation = z
  .object({
    prefix: z.string().optional().describe('Host and path below which all addresses need the same'),
    service: z.string().optional(),
    source: z.enum(['declared', 'learned']).describe('From the settings or the call; or from the checks of a proxy'),
    requirement: z.string().describe('The query string of the auth URL'),
    needs: z.array(z.string()).describe('The requirement in sentences'),
    tokens: z.array(judged),
    create: z.string().optional().describe('The address of a form that creates a token which passes'),
    lacking: z.array(z.string()).optional().describe('Scopes that the location needs and no group of the user gives'),
    impossible: z.string().optional().describe('Why no user token passes'),
  })
  .meta({ id: 'Explanation', description: 'What a location needs, and which tokens it admits.' })

export const explanations = z
  .object({
    locations: z.array(explanation).describe('Several where it depends on more than the path; none if unknown'),
  })
  .meta({ id: 'Explanations', description: 'The locations that an address may fall under.' })

export function sentExplanations(baseUrl: URL, found: readonly Explanation[]) {
  return {
    locations: found.map(({ location, requirement, needs, tokens, remedy }) => ({
      ...(location.prefix !== undefined && { prefix: location.prefix }),
      ...(requirement.service !== undefined && { service: requirement.service }),
      source: location.source,
      requirement: location.query,
      needs: needs.map(findingInEnglish),
      tokens: tokens.map(sentJudged),
      ...(remedy.kind === 'create' && { create: newTokenUrl(baseUrl, remedy.scopes, requirement.service).href }),
      ...(remedy.kind === 'lacking' && { lacking: remedy.scopes }),
      ...(remedy.kind === 'impossible' && { impossible: findingInEnglish(remedy.because) }),
    })),
  }
}

function sentJudged({ record, passes, steps }: JudgedAt) {
  return {
    token: record ? tokenInfo(record) : null,
    passes,
    steps: steps.map(({ finding, ...rest }) => ({ ...rest, sentence: findingInEnglish(finding) })),
  }
}
