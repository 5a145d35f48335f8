import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CALM_MS, Crowd } from '../../../server/core/overload/crowd.js'

const BOUNDS = { most: 10, burst: 1_000 }
const WITH_HERDS = { ...BOUNDS, herd: 20_000 }

/** Has so many come at a moment; returns how many were shed. */
function come(crowd: Crowd, count: number, now: number): number {
  let shed = 0
  for (let each = 0; each < count; each++) {
    if (crowd.sheds(now)) shed++
    else crowd.enter()
  }
  return shed
}

function leave(crowd: Crowd, count: number, now: number): void {
  for (let each = 0; each < count; each++) crowd.leave(now)
}

/** Has fifty come together, again and again, each time when those before are done; returns how many were shed of each. */
function comeInBatches(crowd: Crowd, { from = 0, until, every }: { from?: number; until: number; every: number }) {
  const shed: number[] = []
  for (let now = from; now < until; now += every) {
    leave(crowd, crowd.underWay, now)
    shed.push(come(crowd, 50, now))
  }
  return shed
}

it('takes all of a burst that is over in time', () => {
  const crowd = new Crowd(BOUNDS)
  expect(come(crowd, 500, 0)).toBe(0)
  expect(come(crowd, 1, 999)).toBe(0)
  leave(crowd, 495, 999)
  expect(come(crowd, 500, 1_500)).toBe(0)
})

it.each([BOUNDS, WITH_HERDS])(
  'sheds what comes when there was no moment of room for longer than a burst, by %j',
  (bounds) => {
    const crowd = new Crowd(bounds)
    come(crowd, 50, 0)
    expect(come(crowd, 5, 1_000)).toBe(5)
    expect(crowd.underWay).toBe(50)
  },
)

it('takes one in the place of each that is done while it sheds, and no burst', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  come(crowd, 1, 1_000)
  leave(crowd, 43, 1_050)
  expect(come(crowd, 100, 1_100)).toBe(97)
  expect(crowd.underWay).toBe(10)
})

it('takes bursts again when it has shed none for as long as one lasts', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  come(crowd, 1, 1_000)
  leave(crowd, 50, 1_000)
  expect(come(crowd, 50, 1_999)).toBe(40)
  leave(crowd, 10, 1_999)
  expect(come(crowd, 50, 2_999)).toBe(0)
})

describe('of what comes in batches, each of which is done before the next,', () => {
  it('takes all for as long as a burst lasts where no herds are expected, and then no more than there may be', () => {
    const shed = comeInBatches(new Crowd(BOUNDS), { until: 3_000, every: 50 })
    expect(shed).toEqual([...Array(20).fill(0), ...Array(40).fill(40)])
  })

  it('takes all of a herd, and then no more than there may be', () => {
    const shed = comeInBatches(new Crowd(WITH_HERDS), { until: 30_000, every: 50 })
    expect(shed).toEqual([...Array(400).fill(0), ...Array(200).fill(40)])
  })

  it('takes all, however long they come, when there is some calm between them', () => {
    const crowd = new Crowd(WITH_HERDS)
    for (let now = 0; now < 60_000; now += 2 * CALM_MS) {
      expect(come(crowd, 50, now)).toBe(0)
      leave(crowd, 50, now + CALM_MS)
    }
  })

  it('takes no quiet for calm in which all wait for a slow store', () => {
    const shed = comeInBatches(new Crowd(WITH_HERDS), { until: 30_000, every: 900 })
    expect(shed.slice(0, 23)).toEqual(Array(23).fill(0))
    expect(new Set(shed.slice(23))).toEqual(new Set([40]))
  })

  it('takes a herd again when it has shed none for as long as a burst lasts', () => {
    const crowd = new Crowd(WITH_HERDS)
    comeInBatches(crowd, { until: 30_000, every: 50 })
    leave(crowd, crowd.underWay, 30_000)
    const shed = comeInBatches(crowd, { from: 31_000, until: 50_000, every: 50 })
    expect(new Set(shed)).toEqual(new Set([0]))
  })
})

it('takes what comes after a stall of a store that was shorter than a herd, as before it', () => {
  const crowd = new Crowd(WITH_HERDS)
  comeInBatches(crowd, { until: 5_000, every: 50 })
  // All connections of a proxy wait, and nothing comes.
  leave(crowd, 50, 12_000)
  expect(come(crowd, 50, 12_001)).toBe(0)
  expect(comeInBatches(crowd, { from: 12_050, until: 19_000, every: 50 }).every((shed) => shed === 0)).toBe(true)
})

it('does not count those that wait aside', () => {
  const crowd = new Crowd(BOUNDS)
  come(crowd, 50, 0)
  expect(crowd.sheds(4_900, 41)).toBe(false)
  expect(crowd.sheds(5_000, 40)).toBe(false)
  expect(crowd.sheds(6_000, 40)).toBe(true)
})

it('sheds none while fewer are under way than may be, whatever happened before', () => {
  const step = fc.record({ after: fc.nat(3_000), come: fc.nat(30), leave: fc.nat(30) })
  fc.assert(
    fc.property(fc.array(step), fc.constantFrom(BOUNDS, WITH_HERDS), (steps, bounds) => {
      const crowd = new Crowd(bounds)
      let now = 0
      for (const each of steps) {
        now += each.after
        for (let one = 0; one < each.come; one++) {
          const before = crowd.underWay
          if (crowd.sheds(now)) expect(before).toBeGreaterThanOrEqual(bounds.most)
          else crowd.enter()
        }
        leave(crowd, Math.min(each.leave, crowd.underWay), now)
      }
    }),
  )
})

it('has no more under way than may be in an overload that lasts longer than a herd, in whatever batches a store answers', () => {
  const batch = fc.record({ after: fc.integer({ min: 1, max: CALM_MS - 1 }), done: fc.nat(200) })
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1 }), (batches) => {
      const crowd = new Crowd(WITH_HERDS)
      for (let [now, at] = [0, 0]; now < 2 * WITH_HERDS.herd; at++) {
        const { after, done } = batches[at % batches.length] ?? { after: 1, done: 0 }
        come(crowd, 200, now)
        now += after
        const before = crowd.underWay
        leave(crowd, Math.min(done, before), now)
        const had = crowd.underWay
        come(crowd, 200, now)
        if (now >= WITH_HERDS.herd) expect(crowd.underWay).toBeLessThanOrEqual(Math.max(BOUNDS.most, had))
      }
    }),
    { numRuns: 30 },
  )
})
