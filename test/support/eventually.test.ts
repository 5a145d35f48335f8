import { describe, expect, it } from '@jest/globals'
import { eventually } from './eventually.js'

const SOON = { withinMs: 40, everyMs: 1 }

describe('eventually', () => {
  it('returns the first value that is not false', async () => {
    const values = [false, false, 0, 1]
    expect(await eventually(() => values.shift() ?? false)).toBe(0)
  })

  it('retries a condition that throws, such as an expectation', async () => {
    let attempts = 0
    await eventually(() => expect(++attempts).toBe(3))
    expect(attempts).toBe(3)
  })

  it('throws, quoting the condition, when it stays false', async () => {
    const door = { isOpen: false }
    await expect(eventually(() => door.isOpen, SOON)).rejects.toThrow(/^Still false after 40 ms: .*door\.isOpen/)
  })

  it('throws the last error of a condition that goes on throwing', async () => {
    let attempts = 0
    const failing = eventually(async () => Promise.reject(new Error(`attempt ${++attempts}`)), {
      withinMs: 1_000,
      everyMs: 1,
    })
    await expect(failing).rejects.toThrow(/^attempt \d+$/)
    await expect(failing).rejects.toThrow(`attempt ${attempts}`)
    expect(attempts).toBeGreaterThan(1)
  })
})
