import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Crowd } from '../../../server/core/overload/crowd.js'

const BOUNDS = { most: 10, burst: 1_000 }

/** Has so many come at a moment; returns how many were shed. */
function come(crowd: Crowd, count: number, now: number): number {
  let shed = 0
  for (let each = 0; each < count; each++) {
    if (crowd.sheds(now)) shed++
    else crowd.enter()
  }
  return shed
}

function leave(crowd: Crowd, count: number): void {
  for (let each = 0; each < count; each++) crowd.leave()
}

it('takes all of a burst that is over in time', () => {
  const crowd = new Crowd(BOUNDS)
  expect(come(crowd, 500, 0)).toBe(0)
  expect(come(crowd, 1, 999)).toBe(0)
  leave(crowd, 495)
  expect(come(crowd, 500, 1_500)).toBe(0)
})

it('sheds what comes when there have been too many for longer than a burst', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  expect(come(crowd, 5, 1_000)).toBe(5)
  expect(crowd.underWay).toBe(50)
})

it('takes one in the place of each that is done while it sheds, and no burst', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  come(crowd, 1, 1_000)
  leave(crowd, 43)
  expect(come(crowd, 100, 1_100)).toBe(97)
  expect(crowd.underWay).toBe(10)
})

it('takes bursts again when it has shed none for as long as one lasts', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  come(crowd, 1, 1_000)
  leave(crowd, 50)
  expect(come(crowd, 50, 1_999)).toBe(40)
  leave(crowd, 10)
  expect(come(crowd, 50, 2_999)).toBe(0)
})

it.each([
  ['sheds what comes again in batches, where only some calm ends a crowd', 100, 40],
  ['takes what comes in batches, each of which is done before the next, where any room ends a crowd', 0, 0],
])('%s', (_what, calm, each) => {
  const crowd = new Crowd({ ...BOUNDS, calm })
  const shed: number[] = []
  for (let now = 0; now < 2_000; now += 50) {
    shed.push(come(crowd, 50, now))
    leave(crowd, crowd.underWay)
  }
  expect(shed.slice(0, 20)).toEqual(Array(20).fill(0))
  expect(shed.slice(20)).toEqual(Array(20).fill(each))
})

it('does not count those that wait aside', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  expect(crowd.sheds(5_000, 41)).toBe(false)
  expect(crowd.sheds(5_000, 40)).toBe(false)
  expect(crowd.sheds(6_000, 40)).toBe(true)
})

it('sheds none while fewer are under way than may be, whatever happened before', () => {
  const step = fc.record({ after: fc.nat(3_000), come: fc.nat(30), leave: fc.nat(30) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const crowd = new Crowd(BOUNDS)
      let now = 0
      for (const each of steps) {
        now += each.after
        for (let one = 0; one < each.come; one++) {
          const before = crowd.underWay
          if (crowd.sheds(now)) expect(before).toBeGreaterThanOrEqual(BOUNDS.most)
          else crowd.enter()
        }
        leave(crowd, Math.min(each.leave, crowd.underWay))
      }
    }),
  )
})
