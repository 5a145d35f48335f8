import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { rateLimit } from '../../../server/core/access/rate-limit.js'

const NOW = 1_790_000_000

describe('a rate limit', () => {
  it('never reports more than it allows, nor less than nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (limit, count, left) => {
          const state = rateLimit({ resource: 'tap', limit, count, millisecondsLeft: left, now: NOW })
          expect(state.used + state.remaining).toBe(limit)
          expect(state.remaining).toBeGreaterThanOrEqual(0)
          expect(state.exceeded).toBe(count > limit)
        },
      ),
    )
  })

  it.each([
    [4, false, 1],
    [5, false, 0],
    [6, true, 0],
  ])('of 5 after %d requests is exceeded: %s', (count, exceeded, remaining) => {
    const state = rateLimit({ resource: 'tap', limit: 5, count, millisecondsLeft: 1000, now: NOW })
    expect([state.exceeded, state.remaining]).toEqual([exceeded, remaining])
  })

  // A client that waits until `reset` must find the next window open.
  it.each([
    [0, NOW],
    [1, NOW + 1],
    [1000, NOW + 1],
    [30_500, NOW + 31],
    [60_000, NOW + 60],
  ])('with %d ms left is reset in the first whole second after the window', (millisecondsLeft, reset) => {
    expect(rateLimit({ resource: 'tap', limit: 5, count: 1, millisecondsLeft, now: NOW }).reset).toBe(reset)
  })
})
