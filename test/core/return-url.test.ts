import { describe, expect, it } from '@jest/globals'
import { returnUrl } from '../../server/core/return-url.js'

const HTTPS = { baseUrl: new URL('https://data.example.org'), allowSubdomains: false }
const BELOW = { ...HTTPS, allowSubdomains: true }
const LOCAL = { baseUrl: new URL('http://localhost:8080'), allowSubdomains: false }

describe('an address to return to', () => {
  it.each([
    ['https://data.example.org/portal?x=1#y', HTTPS, 'https://data.example.org/portal?x=1#y'],
    ['https://data.example.org:8443/x', HTTPS, 'https://data.example.org:8443/x'],
    ['HTTPS://DATA.example.ORG/x', HTTPS, 'https://data.example.org/x'],
    ['/auth/tokens', HTTPS, 'https://data.example.org/auth/tokens'],
    ['https://nb.data.example.org/', BELOW, 'https://nb.data.example.org/'],
    ['http://localhost:8080/x', LOCAL, 'http://localhost:8080/x'],
    ['https://localhost/x', LOCAL, 'https://localhost/x'],
  ])('%s is followed', (text, policy, expected) => {
    expect(returnUrl(text, policy)?.href).toBe(expected)
  })

  it.each([
    ['another host', 'https://evil.example/', HTTPS],
    ['a host that ends alike', 'https://evildata.example.org/', BELOW],
    ['a host that begins alike', 'https://data.example.org.evil.example/', BELOW],
    ['a host below, where that is not allowed', 'https://nb.data.example.org/', HTTPS],
    ['a host above', 'https://example.org/', BELOW],
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
    ['a full-width dot', 'https://data.example.org。evil.example/', BELOW],
  ])('with %s is not followed', (_what, text, policy) => {
    expect(returnUrl(text, policy)).toBeUndefined()
  })
})
