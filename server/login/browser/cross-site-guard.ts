import type { Request, RequestHandler, Response } from 'express'
import { isOurCookie } from '../../core/access/cookie-names.js'
import { isCrossSite } from '../../core/access/cross-site.js'
import { Refusal } from '../../core/access/refusal.js'
import type { Settings } from '../../settings/schema.js'

/**
 * Lets cookies change something only for our own pages, before anything reads them: each form's and each call's own word
 * (CSRF) is a second lock, not the only one. What carries none of our cookies is a program's, and goes on.
 *
 * @param refuse answers the refusal in the form of what was asked for
 */
export function crossSiteGuard(settings: Settings, refuse: RefuseHandler): RequestHandler {
  return (request, response, next) => {
    const { method, headers } = request
    const from = { method, fetchSite: headers['sec-fetch-site']?.toString(), origin: headers.origin }
    if (!carriesOurCookie(headers.cookie, settings) || !isCrossSite(from, settings)) return next()
    refuse(new Refusal('cross_site'), request, response)
  }
}

type RefuseHandler = (refusal: Refusal, request: Request, response: Response) => void

function carriesOurCookie(cookies: string | undefined, { tokenCookies }: Settings): boolean {
  const names = (cookies ?? '').split(';').map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
  return names.some((name) => isOurCookie(name) || tokenCookies.includes(name))
}
