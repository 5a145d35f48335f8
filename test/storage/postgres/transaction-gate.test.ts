import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { TransactionGate } from '../../../server/storage/postgres/connection/transaction-gate.js'
import { isUnavailable } from '../../../server/storage/unavailable.js'

const WAIT_MS = 10_000

let gate: TransactionGate
let begun: string[]
let ends: Map<string, () => void>

beforeEach(() => {
  jest.useFakeTimers()
  gate = new TransactionGate(3, WAIT_MS)
  begun = []
  ends = new Map()
})
afterEach(() => {
  jest.useRealTimers()
})

/** A transaction that is under way until it is ended. */
const run = (name: string) =>
  gate.run(() => {
    begun.push(name)
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
  })
const settle = () => jest.advanceTimersByTimeAsync(0)

describe('transactions', () => {
  it('leave a third of the connections to reads, and take turns', async () => {
    const all = ['a', 'b', 'c', 'd'].map(run)
    await settle()
    expect(begun).toEqual(['a', 'b'])
    ends.get('b')?.()
    await settle()
    expect(begun).toEqual(['a', 'b', 'c'])
    for (const name of ['a', 'c']) ends.get(name)?.()
    await settle()
    ends.get('d')?.()
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('that fail make room, too', async () => {
    const failing = [1, 2, 3].map((each) => gate.run(() => Promise.reject(new Error(`failed ${each}`))))
    for (const each of failing) await expect(each).rejects.toThrow('failed')
    const last = run('last')
    await settle()
    ends.get('last')?.()
    expect(await last).toBe('last')
  })

  it('that have waited for too long are an outage, and never begin', async () => {
    const [first, second, late] = ['a', 'b', 'late'].map(run)
    const refused = late?.catch((error: unknown) => isUnavailable(error))
    await jest.advanceTimersByTimeAsync(WAIT_MS)
    expect(await refused).toBe(true)
    for (const name of ['a', 'b']) ends.get(name)?.()
    expect(await Promise.all([first, second])).toEqual(['a', 'b'])
    expect(begun).toEqual(['a', 'b'])
  })

  it.each([
    [1, 1],
    [2, 1],
    [10, 6],
  ])('of %i connections may have %i', async (connections, most) => {
    gate = new TransactionGate(connections, WAIT_MS)
    for (let count = 0; count < connections; count++) void run(String(count)).catch(() => undefined)
    await settle()
    expect(begun).toHaveLength(most)
  })
})
