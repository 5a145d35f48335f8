import { describe, expect, it } from '@jest/globals'
import { decideCorsPreflight } from '../../../server/core/access/cors-preflight.js'
import { Refusal } from '../../../server/core/access/refusal.js'

const SITE = {
  allowOptions: false,
  baseUrl: new URL('https://example.org'),
  allowSubdomains: false,
  allowOrigins: ['https://portal.example.com'],
}

/** A decision in one word. */
function outcome(origin: string | undefined, requestMethod: string | undefined, more: Partial<typeof SITE> = {}) {
  const request = { ...(origin !== undefined && { origin }), ...(requestMethod !== undefined && { requestMethod }) }
  const decision = decideCorsPreflight(request, { ...SITE, ...more })
  return decision instanceof Refusal ? decision.code : decision
}

describe('OPTIONS', () => {
  it.each([
    ['https://example.org', 'POST', {}, 'preflight'],
    ['http://example.org', 'GET', {}, 'cors_preflight_rejected'],
    ['https://example.org:8080', 'GET', {}, 'cors_preflight_rejected'],
    ['https://nb.example.org', 'GET', {}, 'cors_preflight_rejected'],
    ['https://nb.example.org', 'GET', { allowSubdomains: true }, 'preflight'],
    ['https://evilexample.org', 'GET', { allowSubdomains: true }, 'cors_preflight_rejected'],
    ['https://example.org.evil.net', 'GET', { allowSubdomains: true }, 'cors_preflight_rejected'],
    ['https://portal.example.com', 'GET', {}, 'preflight'],
    ['http://portal.example.com', 'GET', {}, 'cors_preflight_rejected'],
    ['https://portal.example.com:8443', 'GET', {}, 'cors_preflight_rejected'],
    ['https://x.portal.example.com', 'GET', { allowSubdomains: true }, 'cors_preflight_rejected'],
    ['https://portal.example.com', 'GET', { allowOrigins: [] }, 'cors_preflight_rejected'],
    ['null', 'GET', {}, 'cors_preflight_rejected'],
    ['', 'GET', {}, 'cors_preflight_rejected'],
    ['https://evil.net', 'GET', { allowOptions: true }, 'cors_preflight_rejected'],
    ['https://example.org', undefined, { allowOptions: true }, 'options_not_supported'],
    [undefined, 'POST', { allowOptions: true }, 'options_not_supported'],
    [undefined, undefined, {}, 'options_not_supported'],
    [undefined, undefined, { allowOptions: true }, 'plain'],
  ])('from %s for %s with %j: %s', (origin, method, more, expected) => {
    expect(outcome(origin, method, more)).toBe(expected)
  })

  it('that are half a preflight are refused as malformed', () => {
    for (const half of [{ origin: SITE.baseUrl.origin }, { requestMethod: 'GET' }])
      expect(decideCorsPreflight(half, SITE)).toMatchObject({ message: 'Malformed CORS request' })
  })

  it.each(['_method=POST', 'a=1&_method=', '_method=DELETE&_method=GET'])(
    'that name another method in the query (%s) are refused from every origin, and where the location lets OPTIONS pass',
    (text) => {
      const query = new URLSearchParams(text)
      const asked = [{ origin: 'https://example.org', requestMethod: 'POST', query }, { query }]
      for (const each of asked)
        expect(decideCorsPreflight(each, { ...SITE, allowOptions: true })).toMatchObject({
          code: 'options_not_supported',
          message: 'An OPTIONS request cannot name another method',
        })
    },
  )
})
