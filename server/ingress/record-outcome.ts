import { REFUSALS } from '../core/access/refusal.js'
import type { Requirement } from '../core/access/requirement.js'
import type { ProcessCounters } from '../core/process-counters.js'
import { redactUrl } from '../core/redact.js'
import type { EpochSeconds } from '../core/time.js'
import type { Context } from '../storage/context.js'
import { auditedCheck, isAudited } from './audit-check.js'
import type { CheckOutcome } from './authorize.js'
import type { OriginalRequest } from './original-request.js'
import type { Of } from './response.js'

/** The check that an outcome is of. */
export interface CheckedRequest {
  readonly requirement: Requirement
  readonly original: OriginalRequest
  /** Of the client. */
  readonly address: string | undefined
  /** The proxy's. */
  readonly requestId?: string | undefined
}

/**
 * Logs one line for each decision, with one set of fields (Gafaelfawr's names). Admissions are most of all requests, and
 * anonymous requests are the first half of Basic authentication: both are logged at debug level.
 *
 * @param again how often a refusal came again, where the line is about those
 */
export function logOutcome(
  { log, audit }: Pick<Context, 'log' | 'audit'>,
  outcome: CheckOutcome,
  checked: CheckedRequest,
  again?: number,
): void {
  if (isAudited(outcome, audit.admissions)) audit.check(auditedCheck(outcome, checked, again), again !== undefined)
  const {
    requirement,
    original: { url, method },
    address,
  } = checked
  const [level, event] = eventOf(outcome)
  if (!log.isLevelEnabled(level)) return
  const by = 'by' in outcome ? outcome.by : undefined
  log[level](
    {
      ...(outcome.kind === 'refused' && { code: outcome.refusal.code }),
      ...(outcome.kind === 'invalid' && { errors: outcome.errors }),
      ...(by && { token: by.token.key, user: by.token.username, token_source: by.source, scopes: by.token.scopes }),
      ...('limit' in outcome && outcome.limit && { quota: outcome.limit }),
      required_scopes: requirement.scopes,
      satisfy: requirement.satisfy,
      service: requirement.service,
      method,
      // Without the query string, which may hold secrets of the service.
      auth_uri: url && redactUrl(url.split('?', 1)[0] ?? ''),
      remoteIp: address,
      ...(again !== undefined && { count: again }),
    },
    event,
  )
}

function eventOf(outcome: CheckOutcome): ['debug' | 'info' | 'warn', string] {
  if (outcome.kind === 'admitted') return ['debug', 'Token authorized']
  if (outcome.kind === 'anonymous') return ['debug', 'Anonymous request passed']
  if (outcome.kind === 'invalid') return ['warn', 'Invalid location requirement']
  // The code's own sentence, never a message that quotes the client.
  return [outcome.refusal.code === 'no_authorization' ? 'debug' : 'info', REFUSALS[outcome.refusal.code].sentence]
}

/**
 * Counts an admitted request for files of programs that are not public. Locations with programs have no cached responses, so
 * every request for such a file comes here, and no other request pays for it.
 */
export function countReads(
  { programReads }: ProcessCounters,
  { reads, by }: Of<'admitted'>,
  { method = 'GET' }: OriginalRequest,
  at: EpochSeconds,
): void {
  if (reads && method === 'GET') programReads.add({ ...reads, username: by.token.username }, at)
}

/** Counts a decision. Its labels are closed sets: a label that a client chooses would exhaust memory. */
export function countOutcome(
  { checks, tallies }: ProcessCounters,
  outcome: CheckOutcome,
  { service }: Requirement,
): void {
  const source = 'by' in outcome ? outcome.by?.source : undefined
  const result = outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind
  checks.add(result, source ?? 'none')
  tallies.of(service, result).count++
}
