import { describe, expect, it } from '@jest/globals'
import { choiceLabel, expiryChoices, expiryState } from '../../../../server/pages/shared/format/expiry.js'
import { ENGLISH } from '../../../../server/words/words.js'

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
    expect(expiryChoices(NOW, {}).map(({ value, expires }) => [value, expires])).toEqual([
      ['7d', NOW + 7 * DAY],
      ['30d', NOW + 30 * DAY],
      ['90d', NOW + 90 * DAY],
      ['at', undefined],
      ['never', undefined],
    ])
  })

  it('are the site’s own, in its order, and without Never where it says so', () => {
    const offered = expiryChoices(NOW, { choices: [3600, 14 * DAY] })
    expect(offered.map((each) => [each.value, choiceLabel(each, ENGLISH)])).toEqual([
      ['3600s', '1 hour'],
      ['14d', '14 days'],
      ['at', 'Custom date and time'],
    ])
  })

  it('never go beyond the longest that a token may live', () => {
    const offered = expiryChoices(NOW, { maximum: 60 * DAY })
    expect(offered.map((each) => [each.value, choiceLabel(each, ENGLISH), each.expires])).toEqual([
      ['7d', '7 days', NOW + 7 * DAY],
      ['30d', '30 days', NOW + 30 * DAY],
      ['longest', '60 days', NOW + 60 * DAY],
      ['at', 'Custom date and time', undefined],
    ])
  })
})
