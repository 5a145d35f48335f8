import type { CookieOptions } from 'express'
import type { CookieNames } from '../../core/access/cookie-names.js'
import { ownPath } from '../../core/site/base-path.js'
import type { Settings } from '../../settings/schema.js'

/**
 * The own paths that browsers send our cookies to. The others go to every path of the host, also where the base URL has a path: the
 * session to all services that the proxy guards, and the sign-in state because the prefix `__Host-` forbids another path. That no
 * host beside ours can set it is worth more than a narrow path, which the other pages of the host can set cookies for all the same.
 */
const OWN_PATHS: Readonly<Partial<Record<keyof CookieNames, string>>> = {
  logoutHint: '/logout',
  signedOut: '/login',
  device: '/login',
  keptForm: '/auth/reauthenticate',
  led: '/',
}

/**
 * Returns the flags of a cookie. No script reads it, and the forms of other sites do not send it. Only the session cookie,
 * and that of programs which have logged in, are shared with subdomains, where the site says so.
 */
export function cookieOptions(
  { baseUrl, allowSubdomains }: Pick<Settings, 'baseUrl' | 'allowSubdomains'>,
  cookie: keyof CookieNames,
): CookieOptions {
  const own = OWN_PATHS[cookie]
  return {
    path: own === undefined ? '/' : ownPath(baseUrl, own),
    httpOnly: true,
    sameSite: 'lax',
    secure: baseUrl.protocol === 'https:',
    ...((cookie === 'session' || cookie === 'vo') && allowSubdomains && { domain: baseUrl.hostname }),
  }
}
