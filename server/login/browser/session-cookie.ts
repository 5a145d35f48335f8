import type { CookieOptions, Response } from 'express'
import { GAFAELFAWR_COOKIE } from '../../core/access/cookie-names.js'
import { formatToken, type Token } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import { cookieOptions } from './cookie-options.js'

/** Sets the cookie of a new session. It has no expiry: browsers delete it when they are closed. */
export function setSessionCookie(response: Response, settings: Settings, token: Token): void {
  clearGafaelfawrCookie(response, settings)
  keepSession(response, settings, token)
}

/** Sets the session cookie for a session that the browser has already, in a cookie of Gafaelfawr's. */
export function keepSession(response: Response, settings: Settings, token: Token): void {
  clearLeftovers(response, settings)
  response.cookie(settings.cookies.session, formatToken(token), cookieOptions(settings, 'session'))
}

export function clearSessionCookie(response: Response, settings: Settings): void {
  clearGafaelfawrCookie(response, settings)
  clearLeftovers(response, settings)
  response.clearCookie(settings.cookies.session, cookieOptions(settings, 'session'))
}

/** Clears the cookie of Gafaelfawr, whose session ends with ours; it was set for this host, or for all hosts below it. */
function clearGafaelfawrCookie(response: Response, settings: Settings): void {
  if (!settings.gafaelfawr) return
  response.clearCookie(GAFAELFAWR_COOKIE, { ...cookieOptions(settings, 'session'), domain: undefined })
  if (settings.allowSubdomains) response.clearCookie(GAFAELFAWR_COOKIE, cookieOptions(settings, 'session'))
}

/**
 * Clears the session cookies that the site had under another configuration. Their tokens would never be revoked, and a
 * browser that carries two cookies of one name may send either for the other. This comes before the new cookie is set:
 * older browsers do not distinguish a cookie for this host from one for its domain.
 */
function clearLeftovers(response: Response, settings: Settings): void {
  const options: CookieOptions = { ...cookieOptions(settings, 'session'), domain: undefined }
  const { hostname } = settings.baseUrl
  if (settings.cookies.session !== '__Host-postern' && options.secure) response.clearCookie('__Host-postern', options)
  if (settings.cookies.session !== 'postern' || settings.allowSubdomains) response.clearCookie('postern', options)
  if (!settings.allowSubdomains) response.clearCookie('postern', { ...options, domain: hostname })
}
