import { describe, expect, it } from '@jest/globals'
import { Refusal } from '../../../server/core/access/refusal.js'
import {
  checkExpiry,
  endOfNew,
  endOfOverlap,
  endsAfterUse,
  hasExpired,
  nameOfOld,
} from '../../../server/core/token/lifetime.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const NOW = 1_800_000_000
const END_OF_9999 = 253_402_300_799

describe('a token', () => {
  it.each([
    ['never expires without an end', undefined, false],
    ['lives in the second before its end', NOW + 1, false],
    ['has expired when its last second begins', NOW, true],
    ['has expired afterwards', NOW - 1, true],
  ])('%s', (_what, expires, expired) => {
    expect(hasExpired(expires, NOW)).toBe(expired)
  })
})

describe('the end that a caller asks for', () => {
  it.each([
    ['none', undefined],
    ['five minutes from now', NOW + 300],
    ['the last second of the year 9999', END_OF_9999],
  ])('may be %s', (_what, expires) => {
    expect(checkExpiry(expires, NOW)).toBeUndefined()
  })

  it.each([
    ['sooner than five minutes from now', NOW + 299, 'Token must be valid for at least five minutes'],
    ['not a number', Number.NaN, 'Token must be valid for at least five minutes'],
    ['beyond the year 9999', END_OF_9999 + 1, 'Token cannot be valid beyond the year 9999'],
  ])('may not be %s', (_what, expires, message) => {
    const refusal = checkExpiry(expires, NOW)
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ code: 'invalid_expires', message })
  })
})

describe('the end of a new token', () => {
  it('is the longest that there is, less its share of the spread in whole seconds', () => {
    expect(endOfNew(undefined, NOW, { maximum: 1000, spread: 100 }, 0.255)).toBe(NOW + 975)
    expect(endOfNew(undefined, NOW, { maximum: 1000 }, 0.9)).toBe(NOW + 1000)
  })
})

describe('the ends after a use', () => {
  const policies = { user: { idle: 600 }, service: {} }

  it('are none where the type has no policy', () => {
    expect(endsAfterUse({ type: 'session', expires: NOW + 9 }, policies, NOW)).toBeUndefined()
  })

  it('are its expiry and, where its type has an idle timeout, that from now', () => {
    expect(endsAfterUse({ type: 'user', expires: NOW + 900 }, policies, NOW)).toEqual({
      expires: NOW + 900,
      idle: NOW + 600,
    })
    expect(endsAfterUse({ type: 'service', expires: NOW + 900 }, policies, NOW)).toEqual({ expires: NOW + 900 })
    expect(endsAfterUse({ type: 'user' }, policies, NOW)).toEqual({ idle: NOW + 600 })
    expect(endsAfterUse({ type: 'service' }, policies, NOW)).toEqual({})
  })
})

describe('the old token of a rotation', () => {
  it('ends after the overlap, never later than it would have', () => {
    expect(endOfOverlap(undefined, 3600, NOW)).toBe(NOW + 3600)
    expect(endOfOverlap(NOW + 10, 3600, NOW)).toBe(NOW + 10)
    expect(endOfOverlap(NOW + 7200, 3600, NOW)).toBe(NOW + 3600)
  })

  it('is called by its name, cut to 48 characters, and the beginning of its key', () => {
    const key = 'NVulqbDMAQUPhQq3NXeqVg' as TokenKey
    expect(nameOfOld('topcat', key)).toBe('topcat (old NVulqbDM)')
    expect(nameOfOld('🐑'.repeat(64), key)).toBe(`${'🐑'.repeat(48)} (old NVulqbDM)`)
  })
})
