import { expect, it } from '@jest/globals'
import { SignInFailure } from '../../../server/login/failure.js'
import {
  authenticationEvent,
  authenticationParameters,
} from '../../../server/login/providers/oidc/authentication-event.js'

const NOW = 1_000_000
const ASKED = NOW - 120
const codeOf = (outcome: object) => (outcome instanceof SignInFailure ? outcome.refusal.code : outcome)

// biome-ignore format: a table reads in columns
it.each([
  // auth_time, asked anew at, the outcome
  [undefined,             undefined, {}],
  ['yesterday',           undefined, {}],
  [Number.NaN,            undefined, {}],
  [NOW - 7200,            undefined, { authenticated: NOW - 7200 }],
  [NOW - 7200.5,          undefined, { authenticated: NOW - 7201 }],
  [NOW + 20,              undefined, { authenticated: NOW }],
  [NOW + 31,              undefined, 'provider_clock'],
  [NOW,                   ASKED,     { authenticated: NOW }],
  [ASKED - 30,            ASKED,     { authenticated: ASKED - 30 }],
  [ASKED - 31,            ASKED,     'provider_not_asked'],
  [0,                     ASKED,     'provider_not_asked'],
  [undefined,             ASKED,     'provider_not_asked'],
  [String(NOW),           ASKED,     'provider_not_asked'],
  [Number.POSITIVE_INFINITY, ASKED,  'provider_not_asked'],
  [NOW + 31,              ASKED,     'provider_clock'],
])('an auth_time of %s, to users asked at %s: %#', (auth_time, asked, expected) => {
  expect(codeOf(authenticationEvent({ auth_time }, {}, NOW, asked))).toEqual(expected)
})

// biome-ignore format: a table reads in columns
it.each([
  [undefined,       undefined, false],
  ['mfa',           undefined, false],
  ['mfa',           ['mfa'],   false],
  ['2',             ['2', '3'], false],
  [2,               ['2', '3'], true],
  ['MFA',           ['mfa'],   true],
  [['mfa'],         ['mfa'],   true],
  [undefined,       ['mfa'],   true],
])('the acr %j, where %j is required, is weak: %s', (acr, requireAcr, isWeak) => {
  expect(authenticationEvent({ acr }, { requireAcr }, NOW)).toEqual(isWeak ? { isWeak } : {})
})

it('the provider is asked for what is required, and to ask anew where that is wanted', () => {
  expect(authenticationParameters({}, false)).toEqual({})
  expect(authenticationParameters({}, true)).toEqual({ prompt: 'login', max_age: '0' })
  expect(authenticationParameters({ requireAcr: ['a', 'b'] }, true)).toEqual({
    prompt: 'login',
    max_age: '0',
    acr_values: 'a b',
  })
})
