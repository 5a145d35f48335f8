import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decide } from '../../server/core/decision.js'
import { checkExpiry, hasExpired, MINIMUM_LIFETIME } from '../../server/core/lifetime.js'
import type { Scope } from '../../server/core/scope.js'

const NOW = 1_790_000_000
const scope = fc.constantFrom('read:tap', 'read:image', 'exec:portal', 'admin:token') as fc.Arbitrary<Scope>
const scopes = fc.uniqueArray(scope)
const satisfy = fc.constantFrom('all', 'any')
const expires = fc.option(fc.integer({ min: NOW - 1000, max: NOW + 1000 }), { nil: undefined })

describe('a decision', () => {
  it('is what the plain words say, for every requirement, token and instant', () => {
    fc.assert(
      fc.property(scopes, satisfy, scopes, expires, (required, how, held, end) => {
        const token = { scopes: held, ...(end !== undefined && { expires: end }) }
        const refusal = decide({ scopes: required, satisfy: how }, token, NOW)
        const alive = end === undefined || end > NOW
        const count = required.filter((each) => new Set<string>(held).has(each)).length
        const enough = how === 'all' ? count === required.length : count > 0
        expect(refusal?.code).toBe(!alive ? 'invalid_token' : enough ? undefined : 'insufficient_scope')
      }),
    )
  })

  it('never turns from yes to no when a token gets more scopes', () => {
    fc.assert(
      fc.property(scopes, satisfy, scopes, scope, (required, how, held, more) => {
        const requirement = { scopes: required, satisfy: how }
        if (decide(requirement, { scopes: held }, NOW) === undefined) {
          expect(decide(requirement, { scopes: [...held, more] }, NOW)).toBeUndefined()
        }
      }),
    )
  })

  it('lets anybody with a token pass where no scope is required', () => {
    expect(decide({ scopes: [], satisfy: 'all' }, { scopes: [] }, NOW)).toBeUndefined()
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
