import { describe, expect, it } from '@jest/globals'
import {
  actOfNewToken,
  authenticatedAt,
  exceededAge,
  GUARDED_ACTS,
  type GuardedAct,
} from '../../../server/core/access/reauthentication.js'
import { DAY } from '../../../server/core/time.js'
import { TOKEN_TYPES, type TokenType } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'

const NOW = 1_000_000
const LIMITS = { administrators: 900, users: 3600 }
const EVERY_ACT = Object.keys(GUARDED_ACTS) as GuardedAct[]

function session(age: number, ...scopes: string[]) {
  const authenticated = NOW - age
  return { type: 'session' as TokenType, created: 0, authenticated, scopes: scopes as Scope[] }
}

// biome-ignore format: a table reads in columns
it.each([
  // age, scopes,                        act,              limits,                    the age that it exceeds
  [  900, ['admin:token'],               'token.rotate',   LIMITS,                    undefined],
  [  901, ['admin:token'],               'token.rotate',   LIMITS,                    900],
  [  901, ['admin:userinfo'],            'program.access', LIMITS,                    900],
  [  901, ['admin:token', 'read:tap'],   'token.rotate',   LIMITS,                    900],
  [  901, ['admin:programs'],            'program.access', LIMITS,                    900],
  [ 3600, ['admin:token'],               'token.plain',    LIMITS,                    undefined],
  [ 3601, ['admin:token'],               'token.plain',    LIMITS,                    3600],
  [  901, ['user:token', 'exec:admin'],  'token.powerful', LIMITS,                    undefined],
  [ 3601, ['user:token'],                'token.powerful', LIMITS,                    3600],
  [ 3601, ['user:token'],                'token.powerful', { administrators: 900 },   undefined],
  [ 3601, ['admin:token'],               'quota.change',   { users: 900 },            undefined],
  [  1e6, ['admin:token'],               'account.change', {},                        undefined],
  [  901, ['user:token'],                'account.passkey', { administrators: 900 },  900],
  [  901, ['user:token'],                'account.passkey', LIMITS,                   undefined],
  [  1e6, ['user:token'],                'account.passkey', {},                       undefined],
  [    1, ['admin:token'],               'account.change', { administrators: 0 },     0],
  [ -500, ['admin:token'],               'account.change', { administrators: 0 },     undefined],
] as const)('a sign-in %i seconds ago, with %j, for %s: %#', (age, scopes, act, limits, exceeded) => {
  expect(exceededAge(session(age, ...scopes), act, limits, NOW)).toBe(exceeded)
})

describe('a session of an administrator', () => {
  it.each(EVERY_ACT.filter((act) => act !== 'token.plain'))('that is stale may not %s', (act) => {
    expect(exceededAge(session(901, 'admin:token'), act, { administrators: 900 }, NOW)).toBe(900)
  })

  it('may create tokens that end and administer nothing, as other users may', () => {
    expect(exceededAge(session(901, 'admin:token'), 'token.plain', { administrators: 900 }, NOW)).toBeUndefined()
  })
})

it.each(TOKEN_TYPES.filter((type) => type !== 'session'))(
  'a %s token proves nothing anew, and is not asked',
  (type) => {
    const token = { ...session(1e6, 'admin:token'), type }
    for (const act of EVERY_ACT) expect(exceededAge(token, act, { administrators: 0, users: 0 }, NOW)).toBeUndefined()
  },
)

it('a session of an older release counts from its creation', () => {
  expect(authenticatedAt({ created: 7 })).toBe(7)
  expect(authenticatedAt({ created: 7, authenticated: 5 })).toBe(5)
})

// biome-ignore format: a table reads in columns
it.each([
  [['read:tap'],               366 * DAY,     'token.plain'],
  [['read:tap', 'exec:admin'], 30 * DAY,      'token.plain'],
  [['read:tap'],               366 * DAY + 1, 'token.powerful'],
  [['read:tap'],               undefined,     'token.powerful'],
  [['admin:userinfo'],         30 * DAY,      'token.powerful'],
  [['admin:token', 'read:tap'], 30 * DAY,     'token.powerful'],
  [['admin:token'],            undefined,     'token.powerful'],
] as const)('creating a token with %j that lasts %s seconds is %s', (scopes: readonly string[], lifetime, act) => {
  expect(actOfNewToken(scopes as readonly Scope[], lifetime)).toBe(act)
})
