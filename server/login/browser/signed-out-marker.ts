import { parseCookie } from 'cookie'
import type { CookieOptions, Request, Response } from 'express'
import { MINUTE } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'

const COOKIE = 'postern-left'
/** Time enough for the provider's own page about signing out. */
const LIFETIME = 10 * MINUTE

/**
 * Notes in the browser that somebody has just signed out. Where signing in goes straight on to the one provider, which may
 * still know them, they would be signed in again before they could look up. It gives nobody anything, and is not sealed.
 */
export function setSignedOutMarker(response: Response, settings: Settings): void {
  // There is a page to choose on in any case.
  if (settings.localAccounts === 'offered') return
  response.cookie(COOKIE, '1', { ...optionsOf(settings), maxAge: LIFETIME * 1000 })
}

/** Whether somebody has just signed out in this browser; it is said once. */
export function consumeSignedOutMarker(request: Request, response: Response, settings: Settings): boolean {
  if (parseCookie(request.headers.cookie ?? '')[COOKIE] === undefined) return false
  response.clearCookie(COOKIE, optionsOf(settings))
  return true
}

function optionsOf({ baseUrl }: Settings): CookieOptions {
  return { path: '/login', httpOnly: true, sameSite: 'lax', secure: baseUrl.protocol === 'https:' }
}
