import { describe, expect, it } from '@jest/globals'
import type { CookieNames } from '../../../server/core/access/cookie-names.js'
import { cookieOptions } from '../../../server/login/browser/cookie-options.js'
import { settingsSchema } from '../../../server/settings/schema.js'

const TLS = 'https://data.example.org'
const PLAIN = 'http://127.0.0.1:8080'

// biome-ignore format: a table reads in columns
const COOKIES: readonly (readonly [baseUrl: string, subdomains: boolean, cookie: keyof CookieNames, name: string, path: string, flags: string])[] = [
  [TLS,   false, 'session',    '__Host-postern',        '/',       'Secure HttpOnly SameSite=lax'],
  [TLS,   false, 'login',      '__Host-postern-login',  '/',       'Secure HttpOnly SameSite=lax'],
  [TLS,   false, 'logoutHint', '__Secure-postern-kept', '/logout', 'Secure HttpOnly SameSite=lax'],
  [TLS,   false, 'signedOut',  'postern-left',          '/login',  'Secure HttpOnly SameSite=lax'],
  [TLS,   false, 'device',     '__Secure-postern-device','/login',  'Secure HttpOnly SameSite=lax'],
  [TLS,   false, 'led',        'postern-led',           '/',       'Secure HttpOnly SameSite=lax'],
  [TLS,   true,  'session',    'postern',               '/',       'Secure HttpOnly SameSite=lax Domain=data.example.org'],
  [TLS,   true,  'login',      '__Host-postern-login',  '/',       'Secure HttpOnly SameSite=lax'],
  [TLS,   true,  'logoutHint', '__Secure-postern-kept', '/logout', 'Secure HttpOnly SameSite=lax'],
  [TLS,   true,  'signedOut',  'postern-left',          '/login',  'Secure HttpOnly SameSite=lax'],
  [TLS,   true,  'device',     '__Secure-postern-device','/login',  'Secure HttpOnly SameSite=lax'],
  [PLAIN, false, 'session',    'postern',               '/',       'HttpOnly SameSite=lax'],
  [PLAIN, false, 'login',      'postern-login',         '/',       'HttpOnly SameSite=lax'],
  [PLAIN, false, 'logoutHint', 'postern-kept',          '/logout', 'HttpOnly SameSite=lax'],
  [PLAIN, false, 'signedOut',  'postern-left',          '/login',  'HttpOnly SameSite=lax'],
  [PLAIN, false, 'device',     'postern-device',        '/login',  'HttpOnly SameSite=lax'],
]

describe('the cookies of a site', () => {
  it.each(COOKIES)(
    'at %s, shared with subdomains: %s, %s is %s',
    (baseUrl, allowSubdomains, cookie, name, path, flags) => {
      const settings = settingsSchema.parse({ baseUrl, allowSubdomains })
      const { path: actualPath, ...options } = cookieOptions(settings, cookie)
      const { secure, httpOnly, sameSite, domain, ...others } = options
      const actual = [secure && 'Secure', httpOnly && 'HttpOnly', `SameSite=${sameSite}`, domain && `Domain=${domain}`]
      expect([settings.cookies[cookie], actualPath, actual.filter(Boolean).join(' '), others]).toEqual([
        name,
        path,
        flags,
        {},
      ])
    },
  )

  it.each(COOKIES.filter(([, , , name]) => name.startsWith('__Host-')))(
    'at %s, shared with subdomains: %s, %s keeps the conditions of __Host- (RFC 6265bis §4.1.3.2)',
    (baseUrl, allowSubdomains, cookie) => {
      const options = cookieOptions(settingsSchema.parse({ baseUrl, allowSubdomains }), cookie)
      expect([options.secure, options.path, options.domain]).toEqual([true, '/', undefined])
    },
  )
})
