import { describe, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import type { Reply } from '../../../server/operate/doctor/site/ask.js'
import type { SiteFacts } from '../../../server/operate/doctor/site/facts.js'
import { siteFindings } from '../../../server/operate/doctor/site/findings.js'

const NOW = Date.UTC(2026, 10, 26) / 1000
const SITE = 'https://data.example.org'

const day = (days: number) => new Date((NOW + days * DAY) * 1000).toUTCString()
const valid = (from: number, to: number) => ({ certificate: { validFrom: day(from), validTo: day(to) } })

const page = (id: string, headers: Reply['headers'] = {}, more: Partial<Reply> = {}): Reply => ({
  status: 200,
  body: '',
  headers: {
    date: new Date(NOW * 1000).toUTCString(),
    'x-request-id': id,
    'set-cookie': ['__Host-postern-login=x; Path=/; HttpOnly; Secure; SameSite=Lax'],
    'strict-transport-security': 'max-age=31536000',
    'content-security-policy': "default-src 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    ...headers,
  },
  ...valid(-30, 60),
  ...more,
})
const reply = (status: number, headers: Reply['headers'] = {}, body = ''): Reply => ({ status, headers, body })

const SOUND: SiteFacts = {
  url: new URL(SITE),
  now: NOW,
  pages: [page('a'), page('b')],
  plain: reply(301, { location: `${SITE}/login` }),
  arrival: { base_url: SITE, host: 'data.example.org', protocol: 'https', address: '192.0.2.7', identity_headers: [] },
  inside: [
    { path: '/health', answer: reply(200, {}, '<!doctype html>a page for every path') },
    { path: '/metrics', answer: reply(404) },
  ],
}

const warnings = (facts: Partial<SiteFacts>) =>
  siteFindings({ ...SOUND, ...facts }).flatMap(({ about, says, isWarning }) => (isWarning ? [`${about}: ${says}`] : []))
const both = (headers: Reply['headers'], more?: Partial<Reply>) =>
  ({ pages: [page('a', headers, more), page('b', headers, more)] }) as const

/* What a small server cannot plant: TLS, and the headers of caches. */
// biome-ignore format: a table reads in columns
const FAULTS: readonly (readonly [fault: string, facts: Partial<SiteFacts>, warning: RegExp])[] = [
  ['no TLS',                          { url: new URL('http://data.example.org'), arrival: { ...SOUND.arrival, base_url: 'http://data.example.org', protocol: 'http', identity_headers: [] } }, /^TLS: none: cookies and tokens can be read/],
  ['a certificate of a stranger',     both({}, { certificate: { validFrom: day(-1), validTo: day(99), mistrust: 'SELF_SIGNED' } }), /^Certificate: not trusted \(SELF_SIGNED\), and no token was sent/],
  ['a certificate that ends',         both({}, valid(-77, 13)),                              /^Certificate: valid until 2026-12-09.*: its renewal has failed/],
  ['a short one that ends',           both({}, valid(-5, 1)),                                /^Certificate: valid until 2026-11-27.*: its renewal has failed/],
  ['no HSTS',                         both({ 'strict-transport-security': undefined }),      /^HSTS: Strict-Transport-Security is missing/],
  ['an HSTS of a day',                both({ 'strict-transport-security': 'max-age=86400' }), /^HSTS: ends after 24 hours/],
  ['http that answers',               { plain: reply(200) },                                 /^http:\/\/: answers 200: it must lead to https:\/\/data\.example\.org/],
  ['http that leads elsewhere',       { plain: reply(302, { location: 'http://data.example.org/x' }) }, /^http:\/\/: answers 302/],
  ['the address of http',             { arrival: { base_url: SITE, protocol: 'http', identity_headers: [] } }, /^Address: the proxy says http of https:/],
  ['a cookie without Secure',         both({ 'set-cookie': ['postern-login=x; HttpOnly; SameSite=Lax'] }), /^Cookies: .*postern-login lacks secure/],
  ['a hit of a cache',                both({ 'x-cache': 'HIT from proxy' }),                 /^Cache: .*x-cache: HIT from proxy/],
  ['a hit by the standard',           both({ 'cache-status': 'edge; hit; ttl=30' }),         /^Cache: .*cache-status: edge; hit/],
  ['a clock that is ahead',           both({ date: new Date((NOW + 61) * 1000).toUTCString() }), /^Clock: is 61 seconds ahead/],
  ['a site that is down',             both({}, { status: 502 }),                             /^Site: https:\/\/data\.example\.org answers 502/],
]

describe('the doctor of a living site', () => {
  it('warns of nothing on a sound one, and says what it does not know', () => {
    expect(warnings({})).toEqual([])
    expect(siteFindings(SOUND).flatMap(({ about, isUnknown }) => (isUnknown ? [about] : []))).toEqual([
      'Token',
      'Service',
    ])
  })

  it.each(FAULTS)('warns of %s, and of nothing else', (_fault, facts, warning) => {
    expect(warnings(facts)).toEqual([expect.stringMatching(warning)])
  })

  it('compares the path of the address, too, and finds what a proxy opens by stripping it', () => {
    const url = new URL('https://data.example.org/postern/')
    const at = (base_url: string) => ({ url, arrival: { base_url, identity_headers: [] } })
    expect(warnings(at(`${SITE}/postern`))).toEqual([])
    expect(warnings(at(SITE))).toEqual([
      expect.stringMatching(/^Address: baseUrl is .*org, and .*org\/postern was asked/),
    ])
    const open = [{ path: '/postern/metrics', answer: reply(200, {}, 'postern_checks_total 1') }]
    expect(warnings({ ...at(`${SITE}/postern`), inside: open })).toEqual([
      expect.stringMatching(/^Checks: clients reach \/postern\/metrics/),
    ])
  })

  it('bears a certificate of a few days', () => {
    expect(warnings(both({}, valid(-2, 4)))).toEqual([])
  })

  it('bears a minute between the clocks', () => {
    expect(warnings(both({ date: new Date((NOW - 60) * 1000).toUTCString() }))).toEqual([])
  })

  it('bears a port for http that is closed', () => {
    expect(warnings({ plain: { error: 'ECONNREFUSED' } })).toEqual([])
  })

  it('knows that it does not know how a request arrived at an older Postern', () => {
    const { arrival: _none, ...older } = SOUND
    const unknown = siteFindings(older).flatMap(({ about, isUnknown }) => (isUnknown ? [about] : []))
    expect(unknown).toEqual(['Address', 'Client address', 'Identity headers', 'Token', 'Service'])
  })
})
