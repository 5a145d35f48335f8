import type { Request, RequestHandler, Response } from 'express'
import { requestSource } from '../../authn/request-source.js'
import { isOurCookie } from '../../core/access/cookie-names.js'
import { isCrossSite } from '../../core/access/cross-site.js'
import { Refusal } from '../../core/access/refusal.js'
import { canParseUrl } from '../../core/can-parse-url.js'
import { LogThrottle } from '../../core/log-throttle.js'
import { redactUrl } from '../../core/redact.js'
import { pathBelow } from '../../core/site/base-path.js'
import { HOUR } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'

const MAX_LOGGED = 100

/**
 * Refuses cross-site requests that carry one of our cookies, before a handler reads it. CSRF tokens are a second defence. A
 * request without our cookies comes from a client that is no browser, and passes. The log names each other origin once an hour: it
 * may be another name of the site.
 *
 * @param refuse answers in the format of the requested route
 */
export function crossSiteGuard(
  { settings, log, clock }: Pick<Context, 'settings' | 'log' | 'clock'>,
  refuse: RefuseHandler,
): RequestHandler {
  const { origin: ours } = settings.baseUrl
  const throttle = new LogThrottle(HOUR, MAX_LOGGED)
  const posted = new Set(
    settings.samlProviders.map(({ consumerUrl }) => pathBelow(settings.baseUrl, consumerUrl.pathname)),
  )
  return (request, response, next) => {
    // A SAML provider's page sends the form of a response; it is read without cookies.
    if (request.method === 'POST' && posted.has(request.path)) return next()
    const from = requestSource(request.method, request.headers)
    if (!carriesOurCookie(request.headers.cookie, settings) || !isCrossSite(from, settings)) return next()
    const origin = originOf(from.origin)
    if (throttle.isDue(origin ?? 'unknown', clock()))
      log.warn({ origin, baseUrl: ours, path: redactUrl(request.path) }, 'Request of another origin refused')
    refuse(origin === undefined ? new Refusal('cross_site') : fromSite(origin, ours), request, response)
  }
}

function fromSite(origin: string, ours: string): Refusal {
  return new Refusal('cross_site').worded('named', { origin, ours })
}

/** The origin, if a header names one: a program may write any text there. */
function originOf(origin: string | undefined): string | undefined {
  return origin !== undefined && canParseUrl(origin) ? new URL(origin).origin : undefined
}

type RefuseHandler = (refusal: Refusal, request: Request, response: Response) => void

function carriesOurCookie(cookies: string | undefined, { tokenCookies }: Settings): boolean {
  const names = (cookies ?? '').split(';').map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
  return names.some((name) => isOurCookie(name) || tokenCookies.includes(name))
}
