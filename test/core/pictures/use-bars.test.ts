import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { barHeight, LIST_DAYS, useBars } from '../../../server/core/pictures/use-bars.js'

const day = (count: number, isNewPlace = false) => ({ count, isNewPlace })

describe('the bars of a token’s uses', () => {
  it('has a bar for each day with a use, today at the right', () => {
    expect(useBars([day(1), day(0), day(0), day(100)])).toEqual({
      width: 11,
      height: 14,
      path: 'M1 0v1m9-1v5',
      marks: [],
      days: 4,
      usedDays: 2,
      most: 100,
      total: 101,
    })
  })

  it('shows one use beside ten thousand, and what is more as ten thousand', () => {
    expect([0, 1, 10, 100, 1000, 10_000, 10_000_000].map((count) => barHeight(count, 9))).toEqual([0, 1, 3, 5, 7, 9, 9])
  })

  it('marks a day with a place that is new, above its bar', () => {
    expect(useBars([day(1), day(10, true)]).marks).toEqual([{ x: 4, y: 5.5 }])
  })

  it('of a month take less than 200 bytes, for every use there can be', () => {
    const anyDay = fc.record({ count: fc.nat({ max: 1e9 }), isNewPlace: fc.boolean() })
    const anyMonth = fc.array(anyDay, { minLength: LIST_DAYS, maxLength: LIST_DAYS })
    fc.assert(fc.property(anyMonth, (days) => useBars(days).path.length < 200))
  })
})
