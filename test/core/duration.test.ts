import { expect, it } from '@jest/globals'
import { inLargestUnit, inWords } from '../../server/core/duration.js'

it.each([
  [60 * 86_400, '60 days'],
  [86_400, '1 day'],
  [36 * 3_600, '36 hours'],
  [3_600, '1 hour'],
  [7_200, '2 hours'],
  [60, '1 minute'],
  [5_400, '90 minutes'],
  [1, '1 second'],
  [61, '61 seconds'],
  [0.5, '0.5 seconds'],
])('%d seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words)
})

it('counts in the largest unit that divides the seconds', () => {
  expect(inLargestUnit(172_800)).toEqual({ count: 2, unit: 'day' })
})
