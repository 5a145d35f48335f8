import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { OTHER_SERVICES } from '../../../server/core/tallies/check-tallies.js'
import {
  byFrequency,
  checksByHour,
  checksByService,
  type HourTally,
  hoursUntil,
} from '../../../server/core/tallies/summaries.js'

const HOURS = hoursUntil(100 * 3600 + 5)

const tally = fc.record({
  hour: fc.constantFrom(...HOURS, 100 * 3600 - 24 * 3600),
  service: fc.constantFrom('tap', 'images', 'portal', '', OTHER_SERVICES),
  result: fc.constantFrom('admitted', 'anonymous', 'no_authorization', 'invalid_token', 'unavailable'),
  count: fc.nat(1_000_000),
}) as fc.Arbitrary<HourTally>

const within = (tallies: readonly HourTally[]) => tallies.filter(({ hour }) => HOURS.includes(hour))
const sum = (counts: readonly number[]) => counts.reduce((all, each) => all + each, 0)

describe('the hours of a day', () => {
  it('are 24, of which the last is not over', () => {
    expect([HOURS.length, HOURS[0], HOURS.at(-1)]).toEqual([24, 77 * 3600, 100 * 3600])
  })
})

describe('the checks of a day', () => {
  it('are in one kind and one hour each, so that the sums are right', () => {
    fc.assert(
      fc.property(fc.array(tally), (tallies) => {
        const hours = checksByHour(tallies, HOURS)
        const all = hours.flatMap(({ admitted, unauthenticated, refused }) => [admitted, unauthenticated, refused])
        expect(sum(all)).toBe(sum(within(tallies).map(({ count }) => count)))
      }),
    )
  })

  it('are told apart by what became of them: who sends no credential is not refused yet', () => {
    const one = (result: HourTally['result']): HourTally => ({ hour: HOURS[0] ?? 0, service: '', result, count: 1 })
    const results = [
      'admitted',
      'anonymous',
      'no_authorization',
      'invalid_token',
      'unavailable',
      'failed',
      'invalid',
    ] as const
    expect(checksByHour(results.map(one), HOURS)[0]).toMatchObject({ admitted: 2, unauthenticated: 1, refused: 4 })
  })

  it('are in one service each, the rest in the last row', () => {
    fc.assert(
      fc.property(fc.array(tally), fc.integer({ min: 0, max: 6 }), (tallies, limit) => {
        const rows = checksByService(tallies, HOURS, limit)
        expect(rows.length).toBeLessThanOrEqual(limit + 1)
        expect(sum(rows.flatMap(({ counts }) => counts))).toBe(sum(within(tallies).map(({ count }) => count)))
        const totals = rows.filter(({ service }) => service !== OTHER_SERVICES).map(({ counts }) => sum(counts))
        expect(totals).toEqual([...totals].sort((a, b) => b - a))
      }),
    )
  })
})

describe('refusals', () => {
  it('are sorted by how often they are', () => {
    const refused = [
      { reason: 'rate_limited', count: 1 },
      { reason: 'invalid_token', count: 5 },
      { reason: 'failed', count: 1 },
    ] as const
    expect(byFrequency(refused).map(({ reason }) => reason)).toEqual(['invalid_token', 'failed', 'rate_limited'])
  })
})
