import { describe, expect, it } from '@jest/globals'
import { decideCorsPreflight } from '../../../server/core/access/cors-preflight.js'
import { isCrossSite } from '../../../server/core/access/cross-site.js'
import { isOwnOrigin } from '../../../server/core/access/own-origin.js'

const baseUrl = new URL('https://example.org')
const ALONE = { baseUrl, allowSubdomains: false }
const SHARED = { baseUrl, allowSubdomains: true }

// biome-ignore format: a table reads in columns
const ORIGINS = [
  ['https://example.org',          true,  true],
  ['https://example.org:443',      false, true],
  ['https://example.org:8080',     false, true],
  ['http://example.org',           false, false],
  ['http://example.org:8080',      false, false],
  ['https://nb.example.org',       false, true],
  ['https://nb.example.org:8443',  false, true],
  ['http://nb.example.org',        false, false],
  ['https://evilexample.org',      false, false],
  ['https://example.org.evil.net', false, false],
  ['null',                         false, false],
  ['',                             false, false],
] as const

describe('an origin', () => {
  it.each(ORIGINS)('%j is the site’s own: %j; where hosts below share the session: %j', (origin, alone, shared) => {
    expect([isOwnOrigin(origin, ALONE), isOwnOrigin(origin, SHARED)]).toEqual([alone, shared])
  })

  it.each(ORIGINS)('%j gets one verdict from the preflight rule and the cross-site rule', (origin, ...own) => {
    const preflight = [ALONE, SHARED].map(
      (site) =>
        decideCorsPreflight({ origin, requestMethod: 'POST' }, { ...site, allowOptions: false, allowOrigins: [] }) ===
        'preflight',
    )
    const sameSite = [ALONE, SHARED].map((site) => !isCrossSite({ method: 'POST', origin }, site))
    expect({ preflight, sameSite }).toEqual({ preflight: own, sameSite: own })
  })
})
