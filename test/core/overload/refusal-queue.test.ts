import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { RefusalQueue } from '../../../server/core/overload/refusal-queue.js'

/** Answered in a turn, and the most that wait of a hundred connections. */
const [A_TURN, MOST] = [50, 90]

/** Sheds these; returns those that were answered at once. */
function shed(queue: RefusalQueue<number>, each: readonly number[]): number[] {
  return each.filter((answer) => !queue.holds(answer))
}

/** Returns what is answered in a turn. */
function turn(queue: RefusalQueue<number>): number[] {
  const answered: number[] = []
  queue.turn()
  for (let next = queue.next(); next !== undefined; next = queue.next()) answered.push(next)
  return answered
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

it('answers a few at once, and has those beyond wait for their turn, in order', () => {
  const queue = new RefusalQueue<number>(100)
  expect(shed(queue, range(0, 120))).toEqual(range(0, A_TURN))
  expect(turn(queue)).toEqual(range(A_TURN, 100))
  expect(turn(queue)).toEqual(range(100, 120))
  expect(turn(queue)).toEqual([])
})

it('lets none go before those that wait', () => {
  const queue = new RefusalQueue<number>(100)
  shed(queue, range(0, 60))
  queue.turn()
  expect(shed(queue, [60])).toEqual([])
  expect(turn(queue)).toEqual(range(A_TURN, 61))
})

it('counts what is answered at once in a turn among those of the turn', () => {
  const queue = new RefusalQueue<number>(100)
  shed(queue, range(0, 60))
  expect(turn(queue)).toHaveLength(10)
  expect(shed(queue, range(60, 120))).toEqual(range(60, 60 + A_TURN - 10))
})

it('answers at once when nine in ten connections wait', () => {
  const queue = new RefusalQueue<number>(100)
  expect(shed(queue, range(0, 200))).toEqual([...range(0, A_TURN), ...range(A_TURN + MOST, 200)])
})

it('is idle when a turn has answered none, and none waits', () => {
  const queue = new RefusalQueue<number>(100)
  expect(queue.isIdle).toBe(true)
  shed(queue, [1])
  expect(queue.isIdle).toBe(false)
  queue.turn()
  expect(queue.isIdle).toBe(true)
  shed(queue, range(0, 60))
  queue.turn()
  expect(queue.isIdle).toBe(false)
})

it('answers each once, whatever comes, and of those that waited no more than so many in a turn', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200)), fc.integer({ min: 1, max: 300 }), (comings, connections) => {
      const queue = new RefusalQueue<number>(connections)
      const [atOnce, waited]: [number[], number[]] = [[], []]
      let come = 0
      const take = () => {
        const answered = turn(queue)
        expect(answered.length).toBeLessThanOrEqual(A_TURN)
        waited.push(...answered)
      }
      for (const count of comings) {
        atOnce.push(...shed(queue, range(come, come + count)))
        come += count
        take()
      }
      while (!queue.isIdle) take()
      expect(waited).toEqual(waited.toSorted((a, b) => a - b))
      expect([...atOnce, ...waited].sort((a, b) => a - b)).toEqual(range(0, come))
    }),
  )
})
