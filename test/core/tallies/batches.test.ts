import { describe, expect, it } from '@jest/globals'
import { Batches, MAX_WAITING } from '../../../server/core/tallies/batches.js'
import type { CheckTally } from '../../../server/core/tallies/check-tallies.js'

const HOUR = 3600
const admitted = (count: number, service = 'tap'): CheckTally => ({ service, outcome: 'admitted', code: 'none', count })

describe('batches of tallies', () => {
  it('add up what comes within an hour, while none was tried', () => {
    const batches = new Batches()
    batches.add(0, [admitted(1)])
    batches.add(0, [admitted(2), admitted(5, 'images')])
    batches.add(HOUR, [admitted(3)])
    expect(batches.next()).toEqual({ number: 1, hour: 0, tallies: [admitted(3), admitted(5, 'images')] })
    batches.written()
    expect(batches.next()).toEqual({ number: 2, hour: HOUR, tallies: [admitted(3)] })
    batches.written()
    expect(batches.next()).toBeUndefined()
  })

  it('send what was tried as it was: its write may have come through, though the answer did not', () => {
    const batches = new Batches()
    batches.add(0, [admitted(1)])
    const tried = batches.next()
    batches.add(0, [admitted(2)])
    expect(batches.next()).toEqual(tried)
    batches.written()
    expect(batches.next()).toEqual({ number: 2, hour: 0, tallies: [admitted(2)] })
  })

  it('are so many at most in an outage, which loses none of them', () => {
    const batches = new Batches()
    for (let hour = 0; hour < 100; hour++) {
      batches.add(hour * HOUR, [admitted(1)])
      batches.next()
    }
    const written = []
    for (let batch = batches.next(); batch; batch = batches.next()) {
      written.push(batch)
      batches.written()
    }
    expect(written).toHaveLength(MAX_WAITING)
    expect(written.flatMap(({ tallies }) => tallies).reduce((sum, { count }) => sum + count, 0)).toBe(100)
  })

  it('of nothing are none', () => {
    const batches = new Batches()
    batches.add(0, [])
    expect(batches.next()).toBeUndefined()
  })
})
