import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'

const COUNT = 20_000

describe('a check before the door', () => {
  // In a process of its own: the tests before it in this one leave so much behind that it has taken twenty times as long.
  it('is answered as by Node, byte for byte, or given to Node, however it is spoiled and cut up', async () => {
    const seed = process.env.POSTERN_FUZZ_SEED ?? String(Date.now() % 1_000_000)
    const program = ['test/ingress/door/fuzz/fuzz.ts', '--requests', String(COUNT), '--seed', seed]
    const run = promisify(execFile)(process.execPath, ['--import', './test/support/run/typescript.mjs', ...program])
    const { stdout } = await run.catch((error: { readonly stdout: string }) => error)
    expect(stdout).toContain(`Seed ${seed}\n`)
    expect(stdout).toContain('; 0 differences')
    const [, answers, byDoor] = /: (\d+) answers, (\d+) of them by the door/.exec(stdout)?.map(Number) ?? []
    // Neither all plain, nor all unusual.
    expect(byDoor).toBeGreaterThan((answers ?? Number.NaN) / 4)
    expect(byDoor).toBeLessThan(answers ?? Number.NaN)
  })
})
