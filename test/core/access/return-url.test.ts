import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { returnUrl } from '../../../server/core/access/return-url.js'
import { HARMLESS, OPEN_REDIRECTS } from './open-redirects.js'

const HTTPS = { baseUrl: new URL('https://data.example.org'), allowSubdomains: false }
const SHARED = { ...HTTPS, allowSubdomains: true }
const LOCAL = { baseUrl: new URL('http://localhost:8080'), allowSubdomains: false }

describe('an address to return to', () => {
  it.each([
    ['https://data.example.org/portal?x=1#y', HTTPS, 'https://data.example.org/portal?x=1#y'],
    ['https://data.example.org:8443/x', HTTPS, 'https://data.example.org:8443/x'],
    ['HTTPS://DATA.example.ORG/x', HTTPS, 'https://data.example.org/x'],
    ['/auth/tokens', HTTPS, 'https://data.example.org/auth/tokens'],
    ['https://nb.data.example.org/', SHARED, 'https://nb.data.example.org/'],
    ['http://localhost:8080/x', LOCAL, 'http://localhost:8080/x'],
    ['https://localhost/x', LOCAL, 'https://localhost/x'],
  ])('%s is followed', (text, policy, expected) => {
    expect(returnUrl(text, policy)?.href).toBe(expected)
  })

  it.each([
    ['another host', 'https://evil.example/', HTTPS],
    ['a host that ends alike', 'https://evildata.example.org/', SHARED],
    ['a host that begins alike', 'https://data.example.org.evil.example/', SHARED],
    ['a host below, where that is not allowed', 'https://nb.data.example.org/', HTTPS],
    ['a host above', 'https://example.org/', SHARED],
    ['plain http on an https site', 'http://data.example.org/', HTTPS],
    ['another port of a plain site', 'http://localhost:9999/', LOCAL],
    ['a script', 'javascript:alert(1)//data.example.org', HTTPS],
    ['data', 'data:text/html,x', HTTPS],
    ['no scheme', '//evil.example/', HTTPS],
    ['no scheme and our own host', '//data.example.org/', HTTPS],
    ['three slashes', 'https:///evil.example/', HTTPS],
    ['no slashes', 'https:evil.example', HTTPS],
    ['a backslash for a slash', 'https:\\\\evil.example', HTTPS],
    ['a backslash in a path', '/\\evil.example', HTTPS],
    ['a user name that looks like our host', 'https://data.example.org@evil.example/', HTTPS],
    ['a user name on our host', 'https://evil@data.example.org/', HTTPS],
    ['a tab inside', '/\t/evil.example', HTTPS],
    ['a line end', 'https://data.example.org/\r\nSet-Cookie: x', HTTPS],
    ['white space in front', ' https://evil.example/', HTTPS],
    ['a NUL', 'https://data.example.org/\u0000', HTTPS],
    ['a relative path', 'portal', HTTPS],
    ['nothing', '', HTTPS],
    ['a full-width dot', 'https://data.example.org。evil.example/', SHARED],
  ])('with %s is not followed', (_what, text, policy) => {
    expect(returnUrl(text, policy)).toBeUndefined()
  })

  it.each(Object.entries(OPEN_REDIRECTS).flatMap(([trick, texts]) => texts.map((text) => [trick, text] as const)))(
    'is no way out by %s: %j',
    (_trick, text) => {
      expect(returnUrl(text, HTTPS)).toBeUndefined()
      expect(returnUrl(text, SHARED)?.hostname ?? 'nowhere').toMatch(/^nowhere$|\.data\.example\.org$/)
    },
  )

  it.each(HARMLESS)('that only looks like a way out is followed: %j to %s', (text, leadsTo) => {
    expect(returnUrl(text, HTTPS)?.href).toBe(leadsTo)
  })
})

/** Words of which ways out are made, in any order. */
const trick = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'https:',
        'http:',
        '/',
        '//',
        '\\',
        '@',
        ':',
        '?',
        '#',
        '%2f',
        '%5c',
        '%00',
        '.',
        '。',
        '／',
        '\t',
      ),
      fc.constantFrom('data.example.org', 'evil.example', 'nb.', ':443', ':8080', 'javascript:', '..', 'xn--', '[::1]'),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

describe('whatever is followed', () => {
  it.each([
    ['the base host over https', HTTPS, /^https:\/\/data\.example\.org(?::\d+)?$/],
    ['the base host or one below, over https', SHARED, /^https:\/\/(?:[^/@:?#]+\.)?data\.example\.org(?::\d+)?$/],
    [
      'the origin of a local site, or its host over https',
      LOCAL,
      /^(?:http:\/\/localhost:8080|https:\/\/localhost(?::\d+)?)$/,
    ],
  ])('is on %s, however its address is put together', (_where, policy, origin) => {
    const start = policy.baseUrl.origin
    fc.assert(
      fc.property(
        fc.oneof(
          trick,
          trick.map((each) => start + each),
          fc.webUrl(),
          fc.string(),
        ),
        (text) => {
          const url = returnUrl(text, policy)
          if (!url) return
          const read = new URL(text, policy.baseUrl)
          expect([read.href, read.username, read.password]).toEqual([url.href, '', ''])
          expect(new URL(url.href).origin).toMatch(origin)
          expect(url.href.startsWith(url.origin)).toBe(true)
        },
      ),
      { numRuns: process.env.NIGHTLY ? 5000 : 1000 },
    )
  })
})
