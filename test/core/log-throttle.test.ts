import { expect, it } from '@jest/globals'
import { LogThrottle } from '../../server/core/log-throttle.js'

it('has a line for each subject, once a period', () => {
  const throttle = new LogThrottle(60, 10)
  expect(throttle.isDue('a', 0)).toBe(true)
  expect(throttle.isDue('a', 59)).toBe(false)
  expect(throttle.isDue('b', 59)).toBe(true)
  expect(throttle.isDue('a', 60)).toBe(true)
  expect(throttle.isDue('b', 60)).toBe(false)
})

it('has so many lines a period, whatever clients write', () => {
  const throttle = new LogThrottle(60, 3)
  const due = (now: number) => Array.from({ length: 9 }, (_, n) => throttle.isDue(`host-${n}`, now)).filter(Boolean)
  expect(due(0)).toHaveLength(3)
  expect(due(59)).toHaveLength(0)
  expect(due(60)).toHaveLength(3)
})
