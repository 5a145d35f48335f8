import type { AuditedRefusal } from '../core/audit/event.js'
import type { CheckOutcome } from './authorize.js'
import type { OriginalRequest } from './original-request.js'

type Refused = Extract<CheckOutcome, { readonly kind: 'refused' }>

/**
 * Returns whether a check was refused. The challenge of a request without a credential is no refusal: it is the first half of
 * Basic authentication, and of every visit before a sign-in.
 */
export function isRefusal(outcome: CheckOutcome): outcome is Refused {
  return outcome.kind === 'refused' && outcome.refusal.code !== 'no_authorization'
}

interface Checked {
  readonly original: OriginalRequest
  readonly address: string | undefined
  readonly requestId?: string | undefined
}

/** Returns the audit event of a refused check. */
export function auditedCheck({ by, refusal }: Refused, { original, address, requestId }: Checked): AuditedRefusal {
  const { method, url } = original
  return {
    action: 'check',
    code: refusal.code,
    actor: {
      via: 'check',
      ...(by && { username: by.token.username, token: by.token.key }),
      ...(address !== undefined && { address }),
      ...(requestId !== undefined && { requestId }),
    },
    request: {
      status: refusal.status,
      ...(method !== undefined && { method }),
      // Without the query string, which may hold secrets of the service.
      ...(url !== undefined && { path: url.split('?', 1)[0] ?? '' }),
    },
  }
}
