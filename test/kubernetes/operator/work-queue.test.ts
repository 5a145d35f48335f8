import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { WorkQueue } from '../../../server/kubernetes/operator/work-queue.js'

/** Lets promises settle, and timers of the next milliseconds fire. */
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms)

describe('a work queue', () => {
  const failures: number[] = []
  let runs: string[]
  let queue: WorkQueue

  function start(work: (key: string) => Promise<number | undefined>, workers = 2): void {
    runs = []
    failures.length = 0
    const onFailure = (_key: string, _error: unknown, retryMs: number) => void failures.push(retryMs)
    const run = (key: string) => {
      runs.push(key)
      return work(key)
    }
    queue = new WorkQueue({ workers, work: run, onFailure })
  }

  beforeEach(() => void jest.useFakeTimers())
  afterEach(async () => {
    const stopped = queue.stop()
    await pass(1_000_000)
    await stopped
    jest.useRealTimers()
  })

  it('works on a key once at a time, and once more for all that came meanwhile', async () => {
    const ends: (() => void)[] = []
    start(() => new Promise((resolve) => ends.push(() => resolve(undefined))))
    for (let each = 0; each < 100; each++) queue.add('a')
    expect(runs).toEqual(['a'])
    ends[0]?.()
    await pass(10_000)
    expect(runs).toEqual(['a', 'a'])
    ends[1]?.()
    await pass(10_000)
    expect([runs.length, queue.size]).toEqual([2, 0])
  })

  it('works on as many keys at once as it has workers', async () => {
    let busy = 0
    let most = 0
    start(async () => {
      most = Math.max(most, ++busy)
      await new Promise((resolve) => setTimeout(resolve, 10))
      busy--
      return undefined
    })
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key)
    await pass(1_000)
    expect([most, runs.sort()]).toEqual([2, ['a', 'b', 'c', 'd', 'e']])
  })

  it('waits longer after each failure, and works on other keys meanwhile', async () => {
    start(async (key) => {
      if (key === 'bad') throw new Error('no')
      return undefined
    }, 1)
    queue.add('bad')
    await pass(20_000)
    const tries = runs.length
    expect(tries).toBeGreaterThan(3)
    expect(tries).toBeLessThan(12)
    expect(Number(failures.at(-1))).toBeGreaterThan(Number(failures[0]))
    queue.add('good')
    await pass(1)
    expect(runs).toContain('good')
  })

  it('tries a key at once that failed, when it changes', async () => {
    start(async () => {
      throw new Error('no')
    })
    queue.add('a')
    await pass(100_000)
    const tries = runs.length
    queue.add('a')
    expect(runs.length).toBe(tries + 1)
  })

  it('comes back to a key when its work has said so', async () => {
    start(async () => 5_000)
    queue.add('a')
    await pass(4_000)
    expect(runs).toHaveLength(1)
    await pass(2_000)
    expect(runs).toHaveLength(2)
  })

  it('begins nothing once it is stopped, and waits for what it has begun', async () => {
    let end: () => void = () => undefined
    start(() => new Promise((resolve) => (end = () => resolve(undefined))), 1)
    queue.add('a')
    queue.add('b')
    let isStopped = false
    void queue.stop().then(() => (isStopped = true))
    await pass(1_000)
    expect(isStopped).toBe(false)
    end()
    await pass(1_000)
    queue.add('c')
    await pass(1_000)
    expect([isStopped, runs]).toEqual([true, ['a']])
  })
})
