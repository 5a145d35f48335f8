import { expect, it } from '@jest/globals'
import { normalEmail } from '../../../server/core/people/email.js'

it.each([
  ['Ada.Lovelace@Example.ORG', 'ada.lovelace@example.org'],
  ['  ada@example.org\n', 'ada@example.org'],
  // The Kelvin sign, which Unicode makes a small k: nobody becomes kim@example.org by it.
  ['\u212Aim@example.org', '\u212Aim@example.org'],
  ['ada', undefined],
  [`${'a'.repeat(248)}@x.org`, `${'a'.repeat(248)}@x.org`],
  [`${'a'.repeat(249)}@x.org`, undefined],
  ['ada@example .org', undefined],
  ['ada@example\u200B.org', undefined],
  ['ada@example\u3164.org', undefined],
  ['ada@example.\ud83d', undefined],
  ['ada@', undefined],
  ['@example.org', undefined],
  ['ada@b@c', undefined],
  ['ada lovelace@example.org', undefined],
  ['ada\u200B@example.org', undefined],
  ['ada@example.org\u0000', undefined],
  ['', undefined],
])('%j as an e-mail address: %j', (given, expected) => {
  expect(normalEmail(given)).toBe(expected)
})
