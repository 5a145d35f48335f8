import { describe, expect, it } from '@jest/globals'
import { compareAnswers } from './compare.js'

const COUNT = 20_000

describe('a check before the door', () => {
  it('is answered as by Node, byte for byte, or given to Node, however it is spoiled and cut up', async () => {
    const seed = Number(process.env.POSTERN_FUZZ_SEED ?? Date.now() % 1_000_000)
    const { differences, answeredByDoor, answers } = await compareAnswers(seed, COUNT)
    expect({ seed, differences }).toEqual({ seed, differences: [] })
    // Neither all plain, nor all unusual.
    expect(answeredByDoor).toBeGreaterThan(answers / 4)
    expect(answeredByDoor).toBeLessThan(answers)
  }, 120_000)
})
