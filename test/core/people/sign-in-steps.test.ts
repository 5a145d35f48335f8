import { describe, expect, it } from '@jest/globals'
import { passkeyName } from '../../../server/core/people/passkey.js'
import { nextStep } from '../../../server/core/people/sign-in-steps.js'

const A_TOKEN = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`
const PRINTED = { mustChangePassword: true } as const

describe('a sign-in with a local account', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['with a password alone',                           { hasPasskey: false },            false, undefined],
    ['with a password, where there is a passkey',       { hasPasskey: true },             false, 'passkey'],
    ['with a passkey',                                  { hasPasskey: true },             true,  undefined],
    ['with a printed password',                         { hasPasskey: false, ...PRINTED }, false, 'new-password'],
    ['with a printed password, where there is a passkey', { hasPasskey: true, ...PRINTED }, false, 'passkey'],
    ['with both',                                       { hasPasskey: true, ...PRINTED }, true,  'new-password'],
  ] as const)('%s asks next for the right thing', (_what, account, isPasskeyProven, next) => {
    expect(nextStep(account, isPasskeyProven)).toBe(next)
  })
})

describe('the name of a passkey', () => {
  it.each([
    ['  ring  ', 'ring'],
    ['my\n\tring', 'my ring'],
    ['x'.repeat(80), 'x'.repeat(64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
    ['  ', 'Passkey'],
    ['ri\u200Bng\u202E', 'ring'],
    ['cle\u0301', 'cl\u00E9'],
    ['\u2800\u200B', 'Passkey'],
    ['ring\u0000', 'Passkey'],
    ['half \ud800', 'Passkey'],
    ['\u{1F511}'.repeat(65), '\u{1F511}'.repeat(64)],
    [`${'x'.repeat(62)}\u{1F468}\u200D\u{1F469}`, `${'x'.repeat(62)}\u{1F468}`],
    [A_TOKEN, 'Passkey'],
    [`${'x'.repeat(30)} ${A_TOKEN}`, 'Passkey'],
  ])('%j is stored as %j', (typed, stored) => expect(passkeyName(typed)).toBe(stored))
})
