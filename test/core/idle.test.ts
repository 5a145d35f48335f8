import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isIdle, sessionEnd } from '../../server/core/idle.js'
import { HOUR, MINUTE } from '../../server/core/time.js'
import type { TokenKey } from '../../server/core/token.js'

const LATE = 5
const used = (lastUsed: number) => ({ key: 'a'.repeat(22) as TokenKey, lastUsed })

describe('a session', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['at its last use',            1000,                               false],
    ['before the limit',           1000 + HOUR - 1,                    false],
    ['while its last use may still be on the way', 1000 + HOUR + LATE - 1, false],
    ['after that',                 1000 + HOUR + LATE,              true],
    ['long after',                 1000 + 9 * HOUR,                    true],
    ['by a clock that went back',  500,                                false],
  ])('%s is idle: %#', (_when, now, idle) => {
    expect(isIdle(used(1000), HOUR, now, LATE)).toBe(idle)
  })

  it('is never idle on a site without a limit, nor is a token that comes from none', () => {
    expect(isIdle(used(0), undefined, 1e12, LATE)).toBe(false)
    expect(isIdle(undefined, MINUTE, 1e12, LATE)).toBe(false)
  })

  it('is never ended early, as long as its uses reach the store in time', () => {
    const gap = fc.integer({ min: 0, max: HOUR - 1 })
    const lag = fc.integer({ min: 0, max: LATE })
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, lag), { minLength: 1, maxLength: 30 }), (steps) => {
        let now = 0
        const written: { at: number; there: number }[] = [{ at: 0, there: 0 }]
        for (const [pause, late] of steps) {
          now += pause
          const known = Math.max(...written.filter(({ there }) => there <= now).map(({ at }) => at))
          expect(isIdle(used(known), HOUR, now, LATE)).toBe(false)
          written.push({ at: now, there: now + late })
        }
      }),
    )
  })

  it('is said to end at its own end or when nobody has used it for long enough, whichever is sooner', () => {
    expect(sessionEnd(5000, 1000, undefined)).toBe(5000)
    expect(sessionEnd(5000, 1000, HOUR)).toBe(4600)
    expect(sessionEnd(4000, 1000, HOUR)).toBe(4000)
  })
})
