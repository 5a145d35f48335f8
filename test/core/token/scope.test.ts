import { expect, it } from '@jest/globals'
import {
  isAdministrator,
  isAdmitted,
  isProgramAdministrator,
  isScope,
  type Scope,
  scopesOfGroups,
  sortScopes,
} from '../../../server/core/token/scope.js'

const scopes = (...names: string[]) => names as Scope[]

it.each(['read:tap', 'exec:portal', 'a', 'A.b_c-9:x'])('%j is a scope', (text) => {
  expect(isScope(text)).toBe(true)
})

it.each(['', 'read tap', ' read:tap', 'read:tap ', 'read:tap\n', 'read/tap', 'ä'])('%j is no scope', (text) => {
  expect(isScope(text)).toBe(false)
})

it('scopes are sorted, each once', () => {
  expect(sortScopes(scopes('b', 'a', 'b'))).toEqual(['a', 'b'])
})

it('groups give what the mapping says, and user:token', () => {
  const mapping = new Map([
    ['read:tap' as Scope, new Set(['users', 'staff'])],
    ['admin:token' as Scope, new Set(['admins'])],
  ])
  expect(scopesOfGroups(['staff', 'others'], mapping)).toEqual(['read:tap', 'user:token'])
  expect(scopesOfGroups([], mapping)).toEqual(['user:token'])
})

it('a group lets its members in when it gives any scope, also user:token alone', () => {
  const mapping = new Map([
    ['read:tap' as Scope, new Set(['staff'])],
    ['user:token' as Scope, new Set(['plain'])],
  ])
  expect([['staff'], ['plain'], ['others', 'plain']].map((groups) => isAdmitted(groups, mapping))).toEqual([
    true,
    true,
    true,
  ])
  expect([['others'], []].map((groups) => isAdmitted(groups, mapping))).toEqual([false, false])
})

it.each([
  [['admin:token'], true, true],
  [['admin:programs'], false, true],
  [['admin:userinfo', 'user:token'], false, false],
  [[], false, false],
])('%j administers tokens: %j, programs: %j', (names, tokens, programs) => {
  expect(isAdministrator(scopes(...names))).toBe(tokens)
  expect(isProgramAdministrator(scopes(...names))).toBe(programs)
})
