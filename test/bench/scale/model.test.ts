import { describe, expect, it } from '@jest/globals'
import { continued, exponent } from './growth.js'
import { growthOf, loadOf, type Measured, type Site } from './model.js'
import { complaints } from './printed.js'
import { RESULTS, readProcessCosts, readRun, SITES } from './sites.js'

const { measured } = readRun(RESULTS)
const costs = readProcessCosts()
const extreme = SITES.at(-1) as Site

const SIZES = [8, 32, 128]
const growing = (count: (processes: number) => number) =>
  SIZES.map((processes) => ({ processes, count: count(processes) }))

describe('a site of 100 replicas with 4 workers', () => {
  it('has no part that grows faster than it may, as it was measured', () => {
    expect(complaints(extreme, measured, costs)).toEqual([])
  })

  it('takes less than a core of Redis, and of each process', () => {
    const { redis, cores, processes } = loadOf(extreme, measured, costs)
    expect(redis).toBeLessThan(1)
    expect(cores / processes).toBeLessThan(1)
  })

  it('loses no part of the load where an act was measured to take fewer statements with more processes', () => {
    const readAgain = { ...measured.acts.readAgain, statements: growing((processes) => 0.3 - processes / 500) }
    const { parts } = loadOf(extreme, { ...measured, acts: { ...measured.acts, readAgain } }, costs)
    expect(parts.find(({ name }) => name === 'token read again')?.postgres).toBeGreaterThan(0.1)
  })

  it('fails with heartbeats that each process sends to all', () => {
    const heartbeats = {
      ...measured.heartbeats,
      commands: growing((processes) => 4 * processes),
      deliveries: growing((processes) => 4 * processes ** 2),
    }
    expect(complaints(extreme, { ...measured, heartbeats }, costs)).toEqual([expect.stringContaining('heartbeats')])
  })

  it('fails with an act whose statements grow with the processes', () => {
    const readAgain = { ...measured.acts.readAgain, statements: growing((processes) => processes) }
    const worse: Measured = { ...measured, acts: { ...measured.acts, readAgain } }
    expect(complaints(extreme, worse, costs)).toEqual([expect.stringContaining('token read again')])
  })

  it('fails with changes that every process hears of, where they come to more than a share of a core', () => {
    const busy = { ...extreme, tokens: extreme.tokens * 1_000 }
    expect(complaints(busy, measured, costs)).toEqual([expect.stringContaining('invalidations')])
  })

  it('fails where each request goes to the next replica: each caches, reads and writes all tokens in use', () => {
    const parts = complaints({ ...extreme, balance: 'in turn' }, measured, costs).join('\n')
    expect(parts).toContain('token read again')
    expect(parts).toContain('use of a user token written')
  })

  it('has invalidations alone that grow by a square', () => {
    const squares = growthOf(extreme, measured, costs).filter((each) => each.exponent > 1.1)
    expect(squares.map(({ part }) => part)).toEqual(['invalidations'])
  })
})

describe('what was counted at some sizes goes on', () => {
  // biome-ignore format: a table reads in columns
  it.each<[string, (processes: number) => number, number, number]>([
    ['as it is',     () => 3,                           500, 3],
    ['along a line', (processes) => 4 + 5 * processes,  500, 2_504],
    ['by a square',  (processes) => 4 * processes ** 2, 500, 1_000_000],
    ['as it was, and not below nothing', (processes) => (processes === 8 ? 2 : 1), 500, 4 / 3],
    ['as nothing',   () => 0,                           500, 0],
  ])('%s', (_how, count, at, expected) => {
    expect(continued(growing(count), at)).toBeCloseTo(expected, 3)
  })

  it('by the power between two points', () => {
    expect(exponent({ processes: 2, count: 3 }, { processes: 4, count: 12 })).toBe(2)
  })
})
