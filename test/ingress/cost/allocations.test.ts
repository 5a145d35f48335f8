import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from '@jest/globals'

let measured: Readonly<Record<string, { readonly status: string; readonly share: number }>>

beforeAll(async () => {
  // Room for what is allocated between two collections.
  const engine = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  const program = ['--import', './test/support/run/typescript.mjs', path.resolve('test/ingress/cost/support/bytes.ts')]
  const { stdout } = await promisify(execFile)(process.execPath, [...engine, ...program])
  measured = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
})

it.each([
  ['a check of a cached token', '200', 0.19],
  ['a delegated token, cached', '200', 0.19],
  ['a refusal without a credential', '401', 0.16],
  ['a refusal of a wrong secret', '401', 0.3],
  ['a refusal for a missing scope', '403', 0.36],
  // Of what a bare server of node:http allocates for any answer. Each is a fifth above what it takes.
])('%s allocates few bytes', (what, status, most) => {
  expect(measured[what]).toEqual({ status, share: expect.any(Number) })
  expect(measured[what]?.share).toBeLessThan(most)
})
