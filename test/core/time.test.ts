import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { isoTime, systemClock } from '../../server/core/time.js'

afterEach(() => {
  jest.useRealTimers()
})

describe('the system clock', () => {
  it('counts whole seconds, and none before it is over', () => {
    jest.useFakeTimers({ now: 1_798_718_400_999 })
    expect(systemClock()).toBe(1_798_718_400)
  })
})

describe('an instant', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1_798_718_400, '2026-12-31T12:00:00Z'],
  ])('%j is formatted as %s', (at, text) => {
    expect(isoTime(at)).toBe(text)
  })
})
