import type { CookieOptions } from 'express'
import type { CookieNames } from '../../core/access/cookie-names.js'
import type { Settings } from '../../settings/schema.js'

/** The paths that browsers send our cookies to. */
const PATHS: Readonly<Record<keyof CookieNames, string>> = {
  session: '/',
  login: '/',
  logoutHint: '/logout',
  signedOut: '/login',
  device: '/login',
  keptForm: '/auth/reauthenticate',
  led: '/',
}

/**
 * Returns the flags of a cookie. No script reads it, and the forms of other sites do not send it. Only the session cookie is
 * shared with subdomains, where the site says so.
 */
export function cookieOptions(
  { baseUrl, allowSubdomains }: Pick<Settings, 'baseUrl' | 'allowSubdomains'>,
  cookie: keyof CookieNames,
): CookieOptions {
  return {
    path: PATHS[cookie],
    httpOnly: true,
    sameSite: 'lax',
    secure: baseUrl.protocol === 'https:',
    ...(cookie === 'session' && allowSubdomains && { domain: baseUrl.hostname }),
  }
}
