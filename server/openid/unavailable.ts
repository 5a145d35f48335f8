import type { ErrorRequestHandler } from 'express'
import { RETRY_AFTER } from '../core/overload/retry-after.js'
import { redactUrl } from '../core/redact.js'
import type { Context } from '../storage/context.js'
import { isUnavailable } from '../storage/unavailable.js'

/** What each endpoint answers to programs while a store is away, by OAuth's words for it (RFC 6749 §4.1.2.1). */
export const UNAVAILABLE = {
  status: 503,
  headers: { ...RETRY_AFTER, 'Cache-Control': 'no-store' },
  body: { error: 'temporarily_unavailable', error_description: 'A store does not answer' },
} as const

export function logUnavailable({ log }: Pick<Context, 'log'>, error: unknown, path: string): void {
  log.warn({ cause: String(error), path: redactUrl(path) }, 'A store that this needs does not answer')
}

/** Answers for the steps of this site before the provider; the provider answers for its own. */
export function answerUnavailable(context: Pick<Context, 'log'>): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent || !isUnavailable(error)) return next(error)
    logUnavailable(context, error, request.path)
    response.status(UNAVAILABLE.status).set(UNAVAILABLE.headers).json(UNAVAILABLE.body)
  }
}
