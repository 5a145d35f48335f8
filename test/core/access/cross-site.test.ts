import { describe, expect, it } from '@jest/globals'
import { isCrossSite, isOwnLink } from '../../../server/core/access/cross-site.js'

const OURS = 'https://data.example.org'
const BELOW = 'https://nb.data.example.org'
const BESIDE = 'https://blog.example.org'
const EVIL = 'https://evil.example'

const alone = { baseUrl: new URL(OURS), allowSubdomains: false }
const shared = { ...alone, allowSubdomains: true }
const ok = 'ours'
const no = 'elsewhere'

/* Where a POST comes from, and what it is taken for: on a site alone, and on one that shares its session with hosts below. */
// biome-ignore format: a table reads in columns
const TABLE: readonly (readonly [what: string, fetchSite: string | undefined, origin: string | undefined, alone: string, shared: string])[] = [
  ['a program',                                   undefined,      undefined,                         ok, ok],
  ['our own page',                                'same-origin',  OURS,                              ok, ok],
  ['our own page, in a browser that says no more', undefined,     OURS,                              ok, ok],
  ['our own page, by another name of the site',   'same-origin',  'https://alias.example.org',       ok, ok],
  ['the address bar',                             'none',         undefined,                         ok, ok],
  ['a page below us',                             'same-site',    BELOW,                             no, ok],
  ['a page below us, in an old browser',          undefined,      BELOW,                             no, ok],
  ['a page at another port of ours',              'same-site',    `${OURS}:8443`,                    no, ok],
  ['a page beside us',                            'same-site',    BESIDE,                            no, no],
  ['a page beside us, in an old browser',         undefined,      BESIDE,                            no, no],
  ['a page above us',                             'same-site',    'https://example.org',             no, no],
  ['a page below us without TLS',                 'same-site',    'http://nb.data.example.org',      no, no],
  ['a page of ours without TLS',                  'cross-site',   'http://data.example.org',         no, no],
  ['a page of the same site that does not say which', 'same-site', undefined,                        no, no],
  ['another site',                                'cross-site',   EVIL,                              no, no],
  ['another site, in an old browser',             undefined,      EVIL,                              no, no],
  ['another site that says nothing',              'cross-site',   undefined,                         no, no],
  ['another site under our name',                 'cross-site',   OURS,                              no, no],
  ['a host that ends like ours',                  undefined,      'https://evildata.example.org',    no, no],
  ['a host that begins like ours',                undefined,      'https://data.example.org.evil.example', no, no],
  ['a sandbox',                                   'cross-site',   'null',                            no, no],
  ['a sandbox, in an old browser',                undefined,      'null',                            no, no],
  ['a page of ours that hides where it is',       'same-origin',  'null',                            no, no],
  ['a word that no browser says',                 'same-orgin',   OURS,                              no, no],
  ['two words',                                   'same-origin, cross-site', OURS,                   no, no],
  ['two origins',                                 undefined,      `${OURS}, ${EVIL}`,                no, no],
  ['nothing in the place of a word',              '',             OURS,                              no, no],
  ['no origin at all',                            undefined,      '',                                no, no],
]

const judge = (policy: typeof alone, method: string, fetchSite?: string, origin?: string, upgrade?: string) =>
  isCrossSite({ method, fetchSite, origin, upgrade }, policy) ? no : ok

describe('a request that changes something', () => {
  it.each(TABLE)(
    'from %s (Sec-Fetch-Site: %s, Origin: %s) is %s, with hosts below %s',
    (_what, site, origin, one, other) => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'MKCOL', 'post']) {
        expect([judge(alone, method, site, origin), judge(shared, method, site, origin)]).toEqual([one, other])
      }
    },
  )

  it.each(['GET', 'HEAD', 'OPTIONS'])('is not %s: that may come from anywhere', (method) => {
    expect(judge(alone, method, 'cross-site', EVIL)).toBe(ok)
  })

  it.each([
    ['cross-site', EVIL, no],
    [undefined, EVIL, no],
    [undefined, BESIDE, no],
    [undefined, OURS, ok],
    ['same-origin', OURS, ok],
  ])('is opening a WebSocket (%s, %s: %s)', (site, origin, expected) => {
    expect(judge(alone, 'GET', site, origin, 'WebSocket')).toBe(expected)
  })

  // Proxies drop some of these, and a page can change none of them.
  it.each([
    ['Upgrade', { upgrade: 'WebSocket' }],
    ['Upgrade among others', { upgrade: 'h2c, websocket' }],
    ['Sec-WebSocket-Key', { webSocketKey: 'dGhlIHNhbXBsZSBub25jZQ==' }],
    ['an empty Sec-WebSocket-Key', { webSocketKey: '' }],
    ['Sec-Fetch-Mode', { fetchMode: 'websocket' }],
  ])('is opening a WebSocket that %s alone shows', (_header, shown) => {
    const opens = (origin: string) => isCrossSite({ method: 'GET', origin, ...shown }, alone)
    expect([EVIL, BESIDE, 'null', OURS].map(opens)).toEqual([true, true, true, false])
  })

  it.each([{ upgrade: 'h2c' }, { fetchMode: 'navigate' }, {}])('is not a GET with %j', (shown) => {
    expect(isCrossSite({ method: 'GET', origin: EVIL, ...shown }, alone)).toBe(false)
  })

  it('is one of which nobody said what it does', () => {
    expect(isCrossSite({ method: undefined, origin: EVIL }, alone)).toBe(true)
  })
})

/* Where a link to sign out was, and whether it ends the session: on a site alone, and on one that shares its session. */
// biome-ignore format: a table reads in columns
const LINKS: readonly (readonly [where: string, fetchSite: string | undefined, referer: string | undefined, alone: boolean, shared: boolean])[] = [
  ['our own page',                           'same-origin', `${OURS}/portal`,            true,  true],
  ['our own page that says nothing',         'same-origin', undefined,                   true,  true],
  ['a page below us',                        'same-site',   `${BELOW}/hub`,              false, true],
  ['a page below us that does not say which', 'same-site',  undefined,                   false, false],
  ['a page below us without TLS',            'same-site',   'http://nb.data.example.org/', false, false],
  ['a page beside us',                       'same-site',   `${BESIDE}/`,                false, false],
  ['a page with nonsense for its address',   'same-site',   'nonsense',                  false, false],
  ['another site',                           'cross-site',  `${EVIL}/`,                  false, false],
  ['another site that claims to be ours',    'cross-site',  `${OURS}/`,                  false, false],
  ['the address bar',                        'none',        undefined,                   false, false],
  ['a browser that says nothing',            undefined,     `${OURS}/`,                  false, false],
]

describe('a link to sign out', () => {
  const follow = (policy: typeof alone, more: object) =>
    isOwnLink({ method: 'GET', fetchMode: 'navigate', fetchDest: 'document', ...more }, policy)

  it.each(LINKS)('on %s (Sec-Fetch-Site: %s, Referer: %s) is one of ours: %s, with hosts below: %s', (...row) => {
    const [, fetchSite, referer, one, other] = row
    expect([follow(alone, { fetchSite, referer }), follow(shared, { fetchSite, referer })]).toEqual([one, other])
  })

  it.each([
    ['an image', { fetchMode: 'no-cors', fetchDest: 'image' }],
    ['a frame', { fetchDest: 'iframe' }],
    ['a script’s own request', { fetchMode: 'cors', fetchDest: 'empty' }],
    ['a page that is loaded ahead', { purpose: 'prefetch;prerender' }],
    ['a look at the headers alone', { method: 'HEAD' }],
  ])('that is %s on our own page is none', (_kind, more) => {
    expect(follow(alone, { fetchSite: 'same-origin', ...more })).toBe(false)
  })
})
