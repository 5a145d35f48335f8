import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { MINUTE } from '../../core/time.js'
import type { Settings } from '../../settings/schema.js'
import { cookieOptions } from './cookie-options.js'

/** Long enough for the sign-out page of the provider. */
const LIFETIME = 10 * MINUTE

/**
 * Marks a browser in which the user has just signed out. Without it, a site with one provider would redirect to that
 * provider, which may still have a session, and sign the user in again at once. The cookie grants nothing and is not sealed.
 */
export function setSignedOutMarker(response: Response, settings: Settings): void {
  // The sign-in page offers a choice, so it does not redirect.
  if (settings.localAccounts === 'offered') return
  response.cookie(settings.cookies.signedOut, '1', {
    ...cookieOptions(settings, 'signedOut'),
    maxAge: LIFETIME * 1000,
  })
}

/** Returns whether the user has just signed out in this browser, and clears the marker. */
export function consumeSignedOutMarker(request: Request, response: Response, settings: Settings): boolean {
  const { signedOut } = settings.cookies
  if (parseCookie(request.headers.cookie ?? '')[signedOut] === undefined) return false
  response.clearCookie(signedOut, cookieOptions(settings, 'signedOut'))
  return true
}
