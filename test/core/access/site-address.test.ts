import { describe, expect, it } from '@jest/globals'
import { type AskedAddress, addressMistake, otherOriginOf } from '../../../server/core/access/site-address.js'

const SITE = 'https://data.example.org'
const TRIAL = 'http://localhost:8080'

const TLS: Partial<AskedAddress> = { protocol: 'https' }
const PLAIN: Partial<AskedAddress> = { protocol: 'http' }

/* What a browser asked for, what is known of the scheme, and how it differs from the base URL. */
// biome-ignore format: a table reads in columns
const ADDRESSES: readonly (readonly [base: string, host: string | undefined, more: Partial<AskedAddress>, mistake: string | undefined])[] = [
  [SITE,  'data.example.org',      TLS,   undefined],
  [SITE,  'DATA.example.org',      TLS,   undefined],
  [SITE,  'data.example.org:8443', TLS,   undefined],
  [SITE,  'data.example.org',      {},    undefined],
  [SITE,  'www.example.org',       TLS,   'other_name'],
  [SITE,  'nb.data.example.org',   TLS,   'other_name'],
  [SITE,  'data.example.org.',     TLS,   'other_name'],
  [SITE,  '192.0.2.1',             TLS,   'other_name'],
  [SITE,  '[2001:db8::1]:443',     TLS,   'other_name'],
  [SITE,  'www.example.org',       PLAIN, 'other_name'],
  [SITE,  'data.example.org',      PLAIN, 'no_tls'],
  // The browser says that it came over TLS: a proxy further in does not know it.
  [SITE,  'data.example.org',      { ...PLAIN, fetchSite: 'none' }, undefined],
  [SITE,  undefined,               TLS,   undefined],
  [SITE,  '',                      TLS,   undefined],
  [SITE,  'no host/at all?',       TLS,   undefined],
  [TRIAL, 'localhost:8080',        {},    undefined],
  [TRIAL, 'localhost:8080',        PLAIN, undefined],
  [TRIAL, '127.0.0.1:8080',        {},    'other_name'],
  [TRIAL, '[::1]:8080',            {},    'other_name'],
  [TRIAL, 'lab.example.org:8080',  {},    'own_machine'],
  [TRIAL, '127.0.0.1.example.org', {},    'own_machine'],
]

describe('the address that a browser asked for', () => {
  it.each(ADDRESSES)('%s, asked as %s %j: %s', (base, host, more, mistake) => {
    expect(addressMistake({ host, ...more }, new URL(base))).toBe(mistake)
  })
})

const ALIAS = 'https://www.example.org'

/* Where a form says that its page is from, what else the browser says, and the origin that is shown to its user. */
// biome-ignore format: a table reads in columns
const FORMS: readonly (readonly [origin: string | undefined, host: string, fetchSite: string | undefined, other: string | undefined])[] = [
  [SITE,                           'data.example.org', 'same-origin', undefined],
  [`${SITE}:8443`,                 'data.example.org', 'same-origin', undefined],
  // A proxy hides the name that the browser asked for.
  [SITE,                           'postern:8080',     'same-origin', undefined],
  [SITE,                           'postern:8080',     undefined,     undefined],
  [ALIAS,                          'www.example.org',  'same-origin', ALIAS],
  [ALIAS,                          'data.example.org', 'same-origin', ALIAS],
  [ALIAS,                          'www.example.org',  undefined,     ALIAS],
  ['http://data.example.org',      'data.example.org', undefined,     'http://data.example.org'],
  // Pages of others, for the guard against those.
  [ALIAS,                          'data.example.org', undefined,     undefined],
  [ALIAS,                          'data.example.org', 'cross-site',  undefined],
  ['https://blog.example.org',     'data.example.org', 'same-site',   undefined],
  ['null',                         'data.example.org', 'same-origin', undefined],
  ['no origin',                    'data.example.org', 'same-origin', undefined],
  [undefined,                      'www.example.org',  'same-origin', undefined],
]

describe('the address of the page that sends a form', () => {
  const policy = { baseUrl: new URL(SITE), allowSubdomains: false }

  it.each(FORMS)('%s, sent to %s as %s: %s', (origin, host, fetchSite, other) => {
    expect(otherOriginOf(origin, { host, fetchSite }, policy)).toBe(other)
  })

  it('is the site’s own below it, where the session is shared', () => {
    const below = 'https://nb.data.example.org'
    const asked = { host: 'nb.data.example.org', fetchSite: 'same-origin' }
    expect(otherOriginOf(below, asked, policy)).toBe(below)
    expect(otherOriginOf(below, asked, { ...policy, allowSubdomains: true })).toBeUndefined()
  })
})
