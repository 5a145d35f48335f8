import type { CookieOptions, Response } from 'express'
import { formatToken, type Token } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'
import { cookieOptions } from './cookie-options.js'

/** Sets the session cookie. It has no expiry: browsers delete it when they are closed. */
export function setSessionCookie(response: Response, settings: Settings, token: Token): void {
  clearLeftovers(response, settings)
  response.cookie(settings.cookies.session, formatToken(token), cookieOptions(settings, 'session'))
}

export function clearSessionCookie(response: Response, settings: Settings): void {
  clearLeftovers(response, settings)
  response.clearCookie(settings.cookies.session, cookieOptions(settings, 'session'))
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
