import { describe, expect, it } from '@jest/globals'
import { DAY } from '../../../server/core/time.js'
import { type Facts, findingsOf } from '../../../server/operate/doctor/findings.js'

const RELEASED = Date.UTC(2026, 4, 14) / 1000
const SOUND: Facts = {
  now: RELEASED + 120 * DAY,
  baseUrl: new URL('https://data.example.org'),
  postgres: '18.4',
  embedded: { version: '18.4', released: RELEASED },
  redis: 'valkey 8.1.0',
  emergency: ['glass'],
  issuers: [{ issuer: 'https://ci.example.org' }],
  hasWebhook: true,
  hasInternalListener: true,
}

const warnings = (facts: Partial<Facts>) =>
  findingsOf({ ...SOUND, ...facts }).flatMap(({ about, says, isWarning }) => (isWarning ? [`${about} ${says}`] : []))
const says = (about: string, facts: Partial<Facts> = {}) =>
  findingsOf({ ...SOUND, ...facts }).find((finding) => finding.about === about)?.says

describe('the doctor', () => {
  it('warns of nothing on a sound site', () => {
    expect(warnings({})).toEqual([])
  })

  it('shows the version, the date and the age of the PostgreSQL that comes with Postern', () => {
    expect(says('PostgreSQL')).toBe('18.4, comes with Postern, released 2026-05-14, 120 days ago')
  })

  it('warns of that PostgreSQL once it has missed a release, and says what to do', () => {
    const [warning, ...rest] = warnings({ now: RELEASED + 121 * DAY })
    expect([warning, rest]).toEqual([expect.stringMatching(/121 days ago; .*update Postern, or set DATABASE_URL/), []])
  })

  it('does not judge the age of a PostgreSQL of the site’s own', () => {
    const { embedded: _none, ...own } = SOUND
    const facts = { ...own, now: RELEASED + 900 * DAY, postgres: '17.10' }
    expect(findingsOf(facts)[0]).toEqual({ about: 'PostgreSQL', says: "17.10, the site's own" })
  })

  it('warns of a Redis that drops sessions when its memory is full', () => {
    expect(warnings({ evictionPolicy: 'allkeys-lru' })).toEqual([
      'Redis valkey 8.1.0; it ends sessions when its memory is full (maxmemory-policy allkeys-lru): set noeviction',
    ])
  })

  it('warns of a lockdown, with its reason', () => {
    expect(warnings({ lockdown: { since: RELEASED, reason: 'A break-in' } })).toEqual([
      'Lockdown on since 2026-05-14T00:00:00Z: A break-in',
    ])
  })

  it('warns of a trusted issuer whose keys cannot be fetched', () => {
    expect(says('Trusted issuer')).toBe('https://ci.example.org, whose keys can be fetched')
    const issuers = [{ issuer: 'https://ci.example.org', fault: 'no answer in time' }]
    expect(warnings({ issuers })).toEqual([expect.stringMatching(/^Trusted issuer https:.* no answer in time; /)])
  })

  it('warns of a site without https, but on this machine alone', () => {
    expect(warnings({ baseUrl: new URL('http://data.example.org') })).toHaveLength(1)
    expect(warnings({ baseUrl: new URL('http://localhost:8080') })).toEqual([])
  })
})
