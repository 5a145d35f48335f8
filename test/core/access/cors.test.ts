import { describe, expect, it } from '@jest/globals'
import { corsHeaders, isTrustedOrigin } from '../../../server/core/access/cors.js'

const PORTAL = 'https://portal.example.com'
const SITE = 'https://data.example.org'
const policy = { baseUrl: new URL(SITE), allowSubdomains: false, allowOrigins: [PORTAL] }

const STRANGERS = [
  'https://evil.example',
  'http://portal.example.com',
  'https://portal.example.com:8443',
  'https://portal.example.com.evil.example',
  'https://x.portal.example.com',
  'https://portal.example.com/',
  'HTTPS://PORTAL.EXAMPLE.COM',
  'null',
  '',
  '*',
]

describe('a page of an origin that the site trusts', () => {
  it('may read why it was refused, without the site’s cookies', () => {
    expect(isTrustedOrigin(PORTAL, policy)).toBe(true)
    const headers = corsHeaders(PORTAL, policy)
    expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': PORTAL, Vary: 'Origin' })
    expect(headers['Access-Control-Expose-Headers']).toBe(
      'WWW-Authenticate, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset',
    )
    expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials')
  })

  it('may do so with the site’s cookies where it is the site’s own', () => {
    const shared = { ...policy, allowSubdomains: true }
    for (const origin of [SITE, 'https://nb.data.example.org'])
      expect(corsHeaders(origin, shared)).toMatchObject({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
      })
  })
})

describe('a page of any other origin', () => {
  it.each(STRANGERS)('%j reads nothing', (origin) => {
    expect(isTrustedOrigin(origin, policy)).toBe(false)
    expect(corsHeaders(origin, policy)).toEqual({})
  })
})
