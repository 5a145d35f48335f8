import type { RequestHandler, Response } from 'express'
import type { RefusalCode } from '../core/access/refusal.js'
import type { AuditAction } from '../core/audit/actions.js'
import type { AuditedAct, AuditFacts, AuditObject } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { actorOf } from './actor.js'
import { ensureRequestId } from './request-id.js'

/** What a handler knows of a refusal, or of the caller of a request that may be refused. */
interface RefusalNote {
  readonly code?: RefusalCode
  readonly actor?: Actor
  /** The act that was attempted, where it has a name. */
  readonly action?: AuditAction
  readonly object?: AuditObject
  readonly details?: AuditFacts
}

type NotedResponse = Response<unknown, { audit?: RefusalNote }>

/** Notes facts for the audit event of a request, should it be refused. */
export function noteForAudit(response: NotedResponse, note: RefusalNote): void {
  response.locals.audit = { ...response.locals.audit, ...note }
}

/** Codes of refusals that a body parser or a form sends without one. */
const CODES: Readonly<Record<number, RefusalCode>> = {
  401: 'no_authorization',
  403: 'permission_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'too_large',
  422: 'invalid_parameter',
  429: 'rate_limited',
}

/**
 * Records every refused request as one audit event: by the status of its response, so that no route can leave one out. Errors
 * of the server (5xx) are no refusals; the log has their cause.
 */
export function auditRefusals({ audit, random }: Pick<Context, 'audit' | 'random'>, isApi: IsApi): RequestHandler {
  return (request, response: NotedResponse, next) => {
    const requestId = ensureRequestId(request, random)
    response.set('X-Request-Id', requestId)
    const { method, originalUrl } = request
    const via = isApi(originalUrl) ? 'api' : 'page'
    // Read now: a closed socket has no address.
    const unknown = actorOf(request, via)
    response.once('close', () => {
      const { statusCode: status, locals } = response
      const note = locals.audit ?? {}
      const code = refusalCodeOf(status, note)
      if (code === undefined) return
      const refused: AuditedAct = {
        action: via === 'api' ? 'api.call' : 'page.request',
        actor: unknown,
        request: { method, path: originalUrl.split('?', 1)[0] ?? '', status },
      }
      audit.refuse({ ...refused, ...note, code })
    })
    next()
  }
}

type IsApi = (url: string) => boolean

/** Returns the code of a refused request; undefined for one that was not refused. */
function refusalCodeOf(status: number, { code, action }: RefusalNote): RefusalCode | undefined {
  if (action !== undefined) return code
  if (status < 400 || status >= 500) return undefined
  return code ?? CODES[status] ?? 'malformed_request'
}
