import type { CookieOptions, Response } from 'express'
import { SESSION_COOKIE } from '../check/carriers/cookie.js'
import { formatToken, type Token } from '../core/token.js'
import type { Settings } from '../settings/schema.js'

export function setSessionCookie(response: Response, settings: Settings, token: Token): void {
  response.cookie(SESSION_COOKIE, formatToken(token), sessionCookieOptions(settings))
}

export function clearSessionCookie(response: Response, settings: Settings): void {
  response.clearCookie(SESSION_COOKIE, sessionCookieOptions(settings))
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
