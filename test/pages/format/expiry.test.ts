import { describe, expect, it } from '@jest/globals'
import { expiryChoices, expiryState } from '../../../server/pages/format/expiry.js'

const NOW = 1_800_000_000
const DAY = 86_400

describe('how a list marks the end of a token', () => {
  it.each([
    [undefined, 'never'],
    [NOW + 7 * DAY + 1, 'later'],
    [NOW + 7 * DAY, 'soon'],
    [NOW + 1, 'soon'],
    [NOW, 'over'],
    [NOW - DAY, 'over'],
  ])('an end at %s is %s', (expires, state) => {
    expect(expiryState(expires, NOW)).toBe(state)
  })
})

describe('the choices of an end', () => {
  it('offer what the field `expires` may say, and show the date of each that has one', () => {
    expect(expiryChoices(NOW).map(({ value, expires }) => [value, expires])).toEqual([
      ['7d', NOW + 7 * DAY],
      ['30d', NOW + 30 * DAY],
      ['90d', NOW + 90 * DAY],
      ['at', undefined],
      ['never', undefined],
    ])
  })
})
