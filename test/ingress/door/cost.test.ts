import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from '@jest/globals'

let measured: Readonly<Record<string, { readonly status: string; readonly share: number; readonly held?: number }>>

beforeAll(async () => {
  const program = ['--import', './test/support/run/typescript.mjs', path.resolve('test/ingress/cost/support/cpu.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, program)
  measured = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
})

it.each([
  ['a check of a cached token', '200', 0.82],
  ['a refusal without a credential', '401', 0.6],
  ['a refusal of a wrong secret', '401', 0.9],
  ['a refusal for a missing scope', '403', 0.94],
  // Of the bare server's CPU time, without the kernel's: a sixth above the most that it took beside busy programs in fifteen runs,
  // and less than what it takes there when it costs a third more. Through Node's parser it takes 1.6 to 2.4.
])('%s costs less than node:http’s answer to any request', (what, status, most) => {
  expect(measured[what]?.status).toBe(status)
  expect(measured[what]?.share).toBeLessThan(most)
})

it('a check that is shed costs less, too', () => {
  const { status, share, held } = measured['a check that is shed'] ?? {}
  expect([status, held]).toEqual(['503', 2])
  expect(share).toBeLessThan(0.84)
})
