import type { AuditedAct } from '../core/audit/event.js'
import type { CheckOutcome } from './authorize.js'
import type { OriginalRequest } from './original-request.js'

type Audited = Exclude<CheckOutcome, { readonly kind: 'invalid' }>

/**
 * Returns whether a check is an audit event: every refusal is. The challenge of a request without a credential refuses
 * nothing, as it is the first half of Basic authentication, and of every visit before a sign-in; it counts as the checks
 * that pass do.
 *
 * @param admissions whether the site wants those, too
 */
export function isAudited(outcome: CheckOutcome, admissions: boolean): outcome is Audited {
  if (outcome.kind === 'invalid') return false
  return admissions || (outcome.kind === 'refused' && outcome.refusal.code !== 'no_authorization')
}

interface Checked {
  readonly original: OriginalRequest
  readonly address: string | undefined
  readonly requestId?: string | undefined
}

/**
 * Returns the audit event of a check.
 *
 * @param again how often the same refusal came again, where the event is about those
 */
export function auditedCheck(outcome: Audited, { original, address, requestId }: Checked, again?: number): AuditedAct {
  const { method, url } = original
  const by = outcome.kind === 'anonymous' ? undefined : outcome.by
  const refusal = outcome.kind === 'refused' ? outcome.refusal : undefined
  return {
    action: 'check',
    ...(refusal && { code: refusal.code }),
    ...(again !== undefined && { details: { count: again } }),
    actor: {
      via: 'check',
      ...(by && { username: by.token.username, token: by.token.key }),
      ...(address !== undefined && { address }),
      ...(requestId !== undefined && { requestId }),
    },
    request: {
      status: refusal?.status ?? 200,
      ...(method !== undefined && { method }),
      // Without the query string, which may hold secrets of the service.
      ...(url !== undefined && { path: url.split('?', 1)[0] ?? '' }),
    },
  }
}
