import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Candidate, decide, type RequestedHost } from '../../../server/core/access/decision.js'
import { compileRequirement, type Requirement } from '../../../server/core/access/requirement.js'
import { checkExpiry, hasExpired, MINIMUM_LIFETIME } from '../../../server/core/token/lifetime.js'
import type { Scope } from '../../../server/core/token/scope.js'

const NOW = 1_790_000_000
const ANYBODY: Requirement = compileRequirement(new URLSearchParams()).requirement
const HERE: RequestedHost = { baseHost: 'example.org', host: 'example.org' }
const ADA: Candidate = { username: 'ada', scopes: [] }

const scope = fc.constantFrom('read:tap', 'read:image', 'exec:portal') as fc.Arbitrary<Scope>
const name = fc.constantFrom('ada', 'grace')
const asked = fc.record({
  scopes: fc.uniqueArray(scope),
  satisfy: fc.constantFrom('all', 'any'),
  onlyServices: fc.uniqueArray(fc.constantFrom('tap', 'portal')),
  username: fc.option(name, { nil: undefined }),
  userDomain: fc.boolean(),
  minimumLifetime: fc.option(fc.integer({ min: 300, max: 900 }), { nil: undefined }),
})
const token = fc.record({
  username: name,
  scopes: fc.uniqueArray(scope),
  expires: fc.option(fc.integer({ min: NOW - 100, max: NOW + 1000 }), { nil: undefined }),
  service: fc.option(fc.constantFrom('tap', 'portal'), { nil: undefined }),
})
const place = fc.record({
  baseHost: fc.constant('example.org'),
  host: fc.constantFrom('example.org', 'ada.example.org', 'grace.nb.example.org', 'ada.evil.org', 'adaexample.org'),
})

type Asked = Pick<Requirement, 'scopes' | 'satisfy' | 'onlyServices' | 'userDomain'> & {
  username: string | undefined
  minimumLifetime: number | undefined
}
type Holder = { username: string; scopes: Scope[]; expires: number | undefined; service: string | undefined }

/** The same, as one would tell it. */
function told(want: Asked, has: Holder, where: RequestedHost): string | undefined {
  const left = has.expires === undefined ? Number.POSITIVE_INFINITY : has.expires - NOW
  if (left <= 0) return 'invalid_token'
  if (want.minimumLifetime !== undefined && left < want.minimumLifetime) return 'lifetime_too_short'
  const missing = want.scopes.filter((each) => has.scopes.indexOf(each) === -1).length
  if (want.satisfy === 'all' ? missing > 0 : missing === want.scopes.length) return 'insufficient_scope'
  const wrongService = want.onlyServices.length > 0 && want.onlyServices.indexOf(has.service ?? '-') === -1
  const wrongUser = want.username !== undefined && want.username !== has.username
  const wrongHost = want.userDomain && !new RegExp(`^${has.username}\\.(.+\\.)?example\\.org$`).test(where.host ?? '')
  return wrongService || wrongUser || wrongHost ? 'user_not_allowed' : undefined
}

describe('a decision', () => {
  it('is what the plain words say, for every requirement, token, host and instant', () => {
    fc.assert(
      fc.property(asked, token, place, (want, has, where) => {
        expect(decide(want as unknown as Requirement, has as Candidate, where, NOW)?.code).toBe(told(want, has, where))
      }),
      { numRuns: 2000 },
    )
  })

  it('never turns from yes to no when a token gets more scopes', () => {
    fc.assert(
      fc.property(asked, token, place, scope, (want, has, where, more) => {
        const before = decide(want as unknown as Requirement, has as Candidate, where, NOW)
        if (before !== undefined) return
        const richer = { ...has, scopes: [...has.scopes, more] } as Candidate
        expect(decide(want as unknown as Requirement, richer, where, NOW)).toBeUndefined()
      }),
    )
  })

  it('lets anybody with a token pass where nothing is required', () => {
    expect(decide(ANYBODY, ADA, HERE, NOW)).toBeUndefined()
  })

  it('is no for satisfy=any of no scopes, as with Gafaelfawr', () => {
    expect(decide({ ...ANYBODY, satisfy: 'any' }, ADA, HERE, NOW)?.code).toBe('insufficient_scope')
  })
})

describe('a token that is restricted', () => {
  const bound: Candidate = { ...ADA, restriction: { networks: ['192.0.2.0/24'], services: ['tap'] } }
  const inside: RequestedHost = { ...HERE, address: '192.0.2.7' }
  const codeAt = (query: string, from: RequestedHost) =>
    decide(compileRequirement(new URLSearchParams(query)).requirement, bound, from, NOW)?.code

  // biome-ignore format: a table reads in columns
  it.each([
    ['service=tap',                          inside,                                  undefined],
    ['delegate_to=tap',                      inside,                                  undefined],
    ['service=tap',                          { ...HERE, address: '198.51.100.7' },    'outside_restriction'],
    ['service=tap',                          HERE,                                    'outside_restriction'],
    ['service=portal',                       inside,                                  'outside_restriction'],
    ['delegate_to=portal',                   inside,                                  'outside_restriction'],
    ['',                                     inside,                                  'outside_restriction'],
    ['notebook=true',                        inside,                                  'outside_restriction'],
    ['service=portal&scope=read:tap',        inside,                                  'outside_restriction'],
    ['service=tap&scope=read:tap',           inside,                                  'insufficient_scope'],
  ] as const)('at a location with the query %j, from %j: %s', (query, from, code) => {
    expect(codeAt(query, from)).toBe(code)
  })
})

describe('the end of a token', () => {
  it('is the second that it names: dead in it, alive before it', () => {
    expect(hasExpired(NOW, NOW - 1)).toBe(false)
    expect(hasExpired(NOW, NOW)).toBe(true)
    expect(hasExpired(undefined, Number.MAX_SAFE_INTEGER)).toBe(false)
  })

  it.each([
    [undefined, undefined],
    [NOW + MINIMUM_LIFETIME, undefined],
    [NOW + MINIMUM_LIFETIME - 1, 'invalid_expires'],
    [NOW, 'invalid_expires'],
    [0, 'invalid_expires'],
    [-1, 'invalid_expires'],
    [Number.NaN, 'invalid_expires'],
    [Number.POSITIVE_INFINITY, 'invalid_expires'],
    [253_402_300_799, undefined],
    [253_402_300_800, 'invalid_expires'],
  ])('must be five minutes away and before the year 10000: %s', (end, code) => {
    expect(checkExpiry(end, NOW)?.code).toBe(code)
  })
})
