import { format, inspect } from 'node:util'
import { expect, it } from '@jest/globals'
import { equalInConstantTime, Secret } from '../../../server/core/token/secret.js'

it('a secret shows itself in nothing that prints it, and to code that asks for it', () => {
  const secret = new Secret('hunter2')

  const printed = [`${secret}`, JSON.stringify({ secret }), inspect(secret), inspect({ secret }), format('%s', secret)]

  for (const text of printed) expect(text).toContain('[secret]')
  expect(printed.join()).not.toContain('hunter2')
  expect(secret.reveal()).toBe('hunter2')
})

it.each([
  ['abc', 'abc', true],
  ['', '', true],
  ['abc', 'abd', false],
  ['abc', 'ab', false],
  ['ab', 'abc', false],
])('%j and %j are compared whole', (one, other, equal) => {
  expect(equalInConstantTime(one, other)).toBe(equal)
})
