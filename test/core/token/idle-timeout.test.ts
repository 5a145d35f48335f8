import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DAY, HOUR } from '../../../server/core/time.js'
import { idleEnd, idleLimitOf, idleLimits, isIdle } from '../../../server/core/token/idle-timeout.js'
import type { TokenType } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'

const LATE = 5
const NOW = 1_000_000
const limits = idleLimits({ sessionIdleLifetime: HOUR, tokenPolicy: { user: { idle: 10 * DAY } } })

describe('the end of a token for want of use', () => {
  const session = { type: 'session' as const, scopes: [], created: NOW }
  const user = { type: 'user' as const, scopes: [], created: NOW }

  it('comes so long after its last use, by itself or by what was delegated from it; being made is the first', () => {
    expect(idleEnd(session, limits)).toBe(NOW + HOUR)
    expect(idleEnd(user, limits)).toBe(NOW + 10 * DAY)
    expect(idleEnd({ ...user, lastUsed: { at: NOW + DAY } }, limits)).toBe(NOW + 11 * DAY)
    expect(idleEnd({ ...user, usedBelow: NOW + 2 * DAY }, limits)).toBe(NOW + 12 * DAY)
    expect(idleEnd({ ...user, lastUsed: { at: NOW + 3 * DAY }, usedBelow: NOW + 2 * DAY }, limits)).toBe(NOW + 13 * DAY)
    expect(idleEnd({ ...user, lastUsed: { at: NOW - DAY } }, limits)).toBe(NOW + 10 * DAY)
  })

  it('comes for service tokens by their own policy', () => {
    const policies = { user: { idle: DAY }, service: { idle: 2 * DAY } }
    expect(idleLimits({ tokenPolicy: policies })).toEqual({ user: DAY, service: 2 * DAY })
  })

  it('does not come where a site sets no policy', () => {
    expect(idleEnd(user, idleLimits({ tokenPolicy: {} }))).toBeUndefined()
  })

  // biome-ignore format: a table reads in columns
  it.each([
    // of all sessions, of administrators’, an administrator’s, another user’s
    [undefined, 12 * HOUR,  12 * HOUR,  undefined],
    [HOUR,      12 * HOUR,  HOUR,       HOUR],
    [DAY,       12 * HOUR,  12 * HOUR,  DAY],
    [DAY,       undefined,  DAY,        DAY],
  ])('comes for sessions by %s, for administrators’ by %s', (all, administrators, forAdmin, forOthers) => {
    const both = idleLimits({ sessionIdleLifetime: all, adminSessionIdleLifetime: administrators, tokenPolicy: {} })
    const limitOf = (type: TokenType, ...scopes: string[]) => idleLimitOf({ type, scopes: scopes as Scope[] }, both)
    expect(limitOf('session', 'read:tap', 'admin:userinfo')).toBe(forAdmin)
    expect(limitOf('session', 'exec:admin', 'user:token')).toBe(forOthers)
    expect(limitOf('user', 'admin:token')).toBeUndefined()
  })

  it('does not come where its type has no such limit', () => {
    for (const type of ['service', 'notebook', 'internal', 'oidc'] as const) {
      expect(idleEnd({ type, scopes: [], created: 0 }, limits)).toBeUndefined()
    }
    expect(isIdle(undefined, 1e12, LATE)).toBe(false)
  })
})

describe('a token', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['at its last use',                            NOW,                   false],
    ['before the limit',                           NOW + HOUR - 1,        false],
    ['while its last use may still be on the way', NOW + HOUR + LATE - 1, false],
    ['after that',                                 NOW + HOUR + LATE,     true],
    ['long after',                                 NOW + 9 * HOUR,        true],
    ['by a clock that went back',                  NOW - 500,             false],
  ])('%s is idle: %#', (_when, now, idle) => {
    expect(isIdle(NOW + HOUR, now, LATE)).toBe(idle)
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
          expect(isIdle(known + HOUR, now, LATE)).toBe(false)
          written.push({ at: now, there: now + late })
        }
      }),
    )
  })
})
