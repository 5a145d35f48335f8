import type { Request, RequestHandler, Response } from 'express'
import { requestSource } from '../../authn/request-source.js'
import { isOurCookie } from '../../core/access/cookie-names.js'
import { isCrossSite } from '../../core/access/cross-site.js'
import { Refusal } from '../../core/access/refusal.js'
import type { Settings } from '../../settings/schema.js'

/**
 * Refuses cross-site requests that carry one of our cookies, before a handler reads it. CSRF tokens are a second defence. A
 * request without our cookies comes from a client that is no browser, and passes.
 *
 * @param refuse answers in the format of the requested route
 */
export function crossSiteGuard(settings: Settings, refuse: RefuseHandler): RequestHandler {
  return (request, response, next) => {
    const from = requestSource(request.method, request.headers)
    if (!carriesOurCookie(request.headers.cookie, settings) || !isCrossSite(from, settings)) return next()
    refuse(new Refusal('cross_site'), request, response)
  }
}

type RefuseHandler = (refusal: Refusal, request: Request, response: Response) => void

function carriesOurCookie(cookies: string | undefined, { tokenCookies }: Settings): boolean {
  const names = (cookies ?? '').split(';').map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
  return names.some((name) => isOurCookie(name) || tokenCookies.includes(name))
}
