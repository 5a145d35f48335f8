import { describe, expect, it } from '@jest/globals'
import { cookieNames, isOurCookie } from '../../../server/core/access/cookie-names.js'

const TLS = new URL('https://data.example.org')
const PLAIN = new URL('http://localhost:8080')

describe('our cookies', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    [TLS,   false, '__Host-postern', '__Host-postern-login', '__Secure-postern-kept', '__Secure-postern-device'],
    [TLS,   true,  'postern',        '__Host-postern-login', '__Secure-postern-kept', '__Secure-postern-device'],
    [PLAIN, false, 'postern',        'postern-login',        'postern-kept',          'postern-device'],
    [PLAIN, true,  'postern',        'postern-login',        'postern-kept',          'postern-device'],
  ])('at %s, shared with hosts below: %j, are bound to this host where they can be', (baseUrl, allowSubdomains, ...names) => {
    const { session, login, logoutHint, device, signedOut, keptForm, led, vo } = cookieNames({ baseUrl, allowSubdomains })
    expect([session, login, logoutHint, device]).toEqual(names)
    expect(signedOut).toBe('postern-left')
    expect(led).toBe('postern-led')
    expect(vo).toBe(allowSubdomains ? device.replace('device', 'vo') : login.replace('login', 'vo'))
    expect(keptForm).toBe(device.replace('device', 'form'))
  })

  it.each([
    'postern',
    'POSTERN',
    '__Host-postern',
    '__Secure-postern',
    'postern-login-abc',
    '__host-postern-kept',
    'gafaelfawr',
    'Gafaelfawr',
  ])('%s is withheld from services under any configuration', (name) => expect(isOurCookie(name)).toBe(true))

  it.each(['posterns', 'my-postern', 'x__Host-postern', '__Host-', 'session', 'gafaelfawr-portal', ''])(
    '%j is a service’s own',
    (name) => {
      expect(isOurCookie(name)).toBe(false)
    },
  )
})
