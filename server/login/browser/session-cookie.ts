import type { CookieOptions, Response } from 'express'
import { formatToken, type Token } from '../../core/token/token.js'
import type { Settings } from '../../settings/schema.js'

export function setSessionCookie(response: Response, settings: Settings, token: Token): void {
  clearLeftovers(response, settings)
  response.cookie(settings.cookies.session, formatToken(token), sessionCookieOptions(settings))
}

export function clearSessionCookie(response: Response, settings: Settings): void {
  clearLeftovers(response, settings)
  response.clearCookie(settings.cookies.session, sessionCookieOptions(settings))
}

/** Gone with the browser's session; no script reads it; not sent along with another site's forms (SameSite=Lax). */
function sessionCookieOptions({ baseUrl, allowSubdomains }: Settings): CookieOptions {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: baseUrl.protocol === 'https:',
    ...(allowSubdomains && { domain: baseUrl.hostname }),
  }
}

/**
 * Takes away the cookies of a site that was configured otherwise before: nobody would ever send their tokens to an end, and
 * in a browser that carries two of a name each may be read for the other. Before the one that counts is written: older
 * browsers take a cookie for this host and one for its domain for the same.
 */
function clearLeftovers(response: Response, settings: Settings): void {
  const options: CookieOptions = { ...sessionCookieOptions(settings), domain: undefined }
  const { hostname } = settings.baseUrl
  if (settings.cookies.session !== '__Host-postern' && options.secure) response.clearCookie('__Host-postern', options)
  if (settings.cookies.session !== 'postern' || settings.allowSubdomains) response.clearCookie('postern', options)
  if (!settings.allowSubdomains) response.clearCookie('postern', { ...options, domain: hostname })
}
