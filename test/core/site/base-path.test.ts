import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isBasePath, ownPath, ownUrl, pathBelow, siteAddress } from '../../../server/core/site/base-path.js'

const HOST = new URL('https://example.org/')
const BELOW = new URL('https://example.org/postern/')

describe('an own path', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    [HOST,  '/auth/tokens', '/auth/tokens',         'https://example.org/auth/tokens'],
    [BELOW, '/auth/tokens', '/postern/auth/tokens', 'https://example.org/postern/auth/tokens'],
    [BELOW, '/',            '/postern/',            'https://example.org/postern/'],
    // As an address it would be another host's.
    [HOST,  '//evil/x',     '//evil/x',             'https://example.org/evil/x'],
    [HOST,  '/\\evil/x',    '/\\evil/x',            'https://example.org/evil/x'],
    [BELOW, '//evil/x',     '/postern//evil/x',     'https://example.org/postern/evil/x'],
  ])('of %s, %s, is given to browsers as %s', (base, path, given, whole) => {
    expect(ownPath(base, path)).toBe(given)
    expect(ownUrl(base, path).href).toBe(whole)
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['/postern/auth/tokens?from=1',              '/auth/tokens?from=1'],
    ['/postern',                                 '/'],
    ['/postern?a=/b',                            '/?a=/b'],
    ['/postern/',                                '/'],
    ['/postern//auth/tokens',                    '//auth/tokens'],
    ['http://evil.example/postern/auth/tokens',  '/auth/tokens'],
    ['http://evil.example',                      '/'],
    // As a proxy sends it that strips the path.
    ['/auth/tokens',                             '/auth/tokens'],
    ['/',                                        '/'],
    // Only the path itself is taken off.
    ['/posterns/auth/tokens',                    '/posterns/auth/tokens'],
    ['/Postern/auth/tokens',                     '/Postern/auth/tokens'],
    ['/%70ostern/auth/tokens',                   '/%70ostern/auth/tokens'],
    ['/postern%2fauth/tokens',                   '/postern%2fauth/tokens'],
    ['/a/postern/auth/tokens',                   '/a/postern/auth/tokens'],
  ])('is read from the request line %s as %s', (target, path) => {
    expect(pathBelow(BELOW, target)).toBe(path)
  })

  it('is read from the address that a browser was given, whatever the base URL is', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~-]{1,8}$/).filter((each) => !/^\.+$/.test(each))
    const bases = fc.array(segment, { maxLength: 3 }).map((names) => `/${names.map((each) => `${each}/`).join('')}`)
    const paths = fc.constantFrom('/', '/auth/tokens', '/login?rd=%2Fx', '/logout', '/info', '/whoami')
    fc.assert(
      fc.property(bases.filter(isBasePath), paths, (base, path) => {
        const url = new URL(base, 'https://example.org')
        expect(pathBelow(url, ownPath(url, path))).toBe(path)
      }),
    )
  })
})

describe('the path of a base URL', () => {
  it.each(['/', '/postern', '/postern/', '/a/b.c/d_e~f-g', '/authentication', '/loginpage/'])('may be %s', (path) => {
    expect(isBasePath(path)).toBe(true)
  })

  // A stripped /auth/tokens would be taken for /tokens below /auth.
  it.each([
    '/auth',
    '/auth/postern',
    '/login/',
    '/logout',
    '/ingress',
    '/health/',
    '/metrics',
    '/a//b',
    '/a%2fb',
    '/ü',
  ])('is not %s', (path) => {
    expect(isBasePath(path)).toBe(false)
  })

  it('is in the address as users type it, without a slash at the end', () => {
    expect(siteAddress(BELOW)).toBe('https://example.org/postern')
    expect(siteAddress(HOST)).toBe('https://example.org')
  })
})
