import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { pathBelow } from '../../../server/core/site/base-path.js'
import { resourceMetadataUrl, resourceOf } from '../../../server/core/site/resource-metadata.js'

const SITE = new URL('https://data.example.org')
const BELOW = new URL('https://example.org/postern/')
const DOCUMENT = '/.well-known/oauth-protected-resource'

describe('the document about a protected resource', () => {
  it.each([
    ['https://data.example.org/api/tap/sync', '/api/tap/sync'],
    ['https://data.example.org/api/tap/sync?QUERY=secret', '/api/tap/sync'],
    ['https://data.example.org//evil.example/x', '//evil.example/x'],
    ['https://data.example.org/', ''],
    [`https://data.example.org/${'a'.repeat(1000)}`, ''],
    ['https://tap.example.org/sync', ''],
    ['http://data.example.org/sync', ''],
    ['nonsense', ''],
    [undefined, ''],
  ])('of %s ends with its path', (url, path) => {
    expect(resourceMetadataUrl(SITE, url)).toBe(`https://data.example.org${DOCUMENT}${path}`)
  })

  it('is below the path of the site, and that of a service beside it, too', () => {
    const tap = 'https://example.org/api/tap'
    expect(resourceMetadataUrl(BELOW, tap)).toBe(`https://example.org/postern${DOCUMENT}/api/tap`)
    expect(resourceMetadataUrl(BELOW, undefined)).toBe(`https://example.org/postern${DOCUMENT}`)
    expect(resourceOf(BELOW, `${DOCUMENT}/api/tap`)).toBe(tap)
    expect(resourceOf(BELOW, DOCUMENT)).toBe('https://example.org/postern')
  })

  it('names the address that the client asked for, to the letter', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~%-]{0,8}$/).filter((each) => !/^(?:\.|%2e){1,2}$/i.test(each))
    const paths = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    fc.assert(
      fc.property(fc.constantFrom(SITE, BELOW), paths, (site, path) => {
        const asked = `${site.origin}${path}`
        const { pathname } = new URL(resourceMetadataUrl(site, asked))
        const named = resourceOf(site, pathBelow(site, pathname))
        const isSite = [site.origin, `${site.origin}/`, site.href].includes(asked)
        expect(named).toBe(isSite ? resourceOf(site, DOCUMENT) : asked)
      }),
    )
  })
})
