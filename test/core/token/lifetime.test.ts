import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../../server/core/access/refusal.js'
import { endOfNew } from '../../../server/core/token/lifetime.js'

const NOW = 1_800_000_000
const DAY = 86_400
const MAST = { maximum: 60 * DAY, idle: 10 * DAY, spread: 3600 }

describe('the end of a new token', () => {
  it.each([
    ['none asked for, no limit', undefined, {}, undefined],
    ['one asked for, no limit', NOW + 900 * DAY, {}, NOW + 900 * DAY],
    ['none asked for', undefined, { maximum: DAY }, NOW + DAY],
    ['the latest asked for', NOW + DAY, { maximum: DAY }, NOW + DAY],
    ['an earlier one asked for', NOW + 600, { maximum: DAY, spread: 3600 }, NOW + 600],
  ])('%s', (_what, wanted, policy, end) => {
    expect(endOfNew(wanted, NOW, policy, 0)).toBe(end)
  })

  it('is refused, and not cut, when it is beyond the maximum', () => {
    const refusal = endOfNew(NOW + 60 * DAY + 1, NOW, MAST, 0)
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ code: 'invalid_expires', message: 'Token may last 60 days at most' })
  })

  it('lies within the spread before the latest, and is not the same for all that are made at one instant', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (share) => {
        const end = endOfNew(undefined, NOW, MAST, share) as number
        expect(end).toBeLessThanOrEqual(NOW + MAST.maximum)
        expect(end).toBeGreaterThan(NOW + MAST.maximum - MAST.spread)
      }),
    )
    const ends = new Set([0, 0.25, 0.5, 0.75].map((share) => endOfNew(undefined, NOW, MAST, share)))
    expect(ends.size).toBe(4)
  })
})
