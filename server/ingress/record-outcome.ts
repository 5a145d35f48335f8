import type { Logger } from 'pino'
import { REFUSALS } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import type { ProcessCounters } from '../core/process-counters.js'
import type { CheckOutcome } from './authorize.js'
import type { OriginalRequest } from './original-request.js'

interface CheckedRequest {
  readonly requirement: Requirement
  readonly original: OriginalRequest
  /** Of the client. */
  readonly address: string | undefined
}

/**
 * One line for each decision, with one set of fields (Gafaelfawr's names). Anonymous requests are the ordinary first
 * half of Basic, and admissions are most of all requests: both are for debugging.
 */
export function logOutcome(
  log: Logger,
  outcome: CheckOutcome,
  { requirement, original: { url }, address }: CheckedRequest,
): void {
  const [level, sentence] = logFieldsOf(outcome)
  if (!log.isLevelEnabled(level)) return
  const by = 'by' in outcome ? outcome.by : undefined
  log[level](
    {
      ...(outcome.kind === 'refused' && { code: outcome.refusal.code }),
      ...(outcome.kind === 'invalid' && { errors: outcome.errors }),
      ...(by && { token: by.token.key, user: by.token.username, token_source: by.source }),
      ...('limit' in outcome && outcome.limit && { quota: outcome.limit }),
      required_scopes: requirement.scopes,
      satisfy: requirement.satisfy,
      service: requirement.service,
      // The query string of a protected service may hold secrets of its own: it is left out.
      auth_uri: url?.split('?', 1)[0],
      remoteIp: address,
    },
    sentence,
  )
}

function logFieldsOf(outcome: CheckOutcome): ['debug' | 'info' | 'warn', string] {
  if (outcome.kind === 'admitted') return ['debug', 'Token authorized']
  if (outcome.kind === 'anonymous') return ['debug', 'Passed without a token']
  if (outcome.kind === 'invalid') return ['warn', 'A location asks for a check that is not valid']
  // The sentence of the code, never one that quotes what a client sent.
  return [outcome.refusal.code === 'no_authorization' ? 'debug' : 'info', REFUSALS[outcome.refusal.code].sentence]
}

/** Counts a decision; labels that anybody could make up would fill the memory. */
export function countOutcome({ checks }: ProcessCounters, outcome: CheckOutcome): void {
  const source = 'by' in outcome ? outcome.by?.source : undefined
  checks.add(outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind, source ?? 'none')
}
