import { describe, expect, it } from '@jest/globals'
import { isGroupName, isUsername } from '../../../server/core/people/identifiers.js'
import { isScope, type Scope, scopesOfGroups, sortScopes } from '../../../server/core/token/scope.js'

describe('names', () => {
  it.each(['ada', 'a', 'ada-lovelace', 'bot-mobu01', '1ada', 'a1', 'x'.repeat(64)])('%s is a user name', (name) => {
    expect(isUsername(name)).toBe(true)
  })

  it.each([
    '',
    '-ada',
    'ada-',
    'ada--lovelace',
    'Ada',
    '1234567',
    'in+valid',
    ' ada',
    'ada ',
    'ada\n',
    '<bootstrap>',
    'ada.l',
    'ädä',
    'x'.repeat(65),
  ])('%j is no user name', (name) => {
    expect(isUsername(name)).toBe(false)
  })

  it.each([
    ['g_users', true],
    ['2mass', true],
    ['lsst.science-1', true],
    ['g', true],
    ['2m', true],
    ['1234a', true],
    ['12a34', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['7', false],
    ['1234', false],
    ['1!a', false],
    ['!users', false],
    ['-users', false],
    ['users!', false],
    ['', false],
  ])('%j as a group name: %s', (name, fits) => {
    expect(isGroupName(name)).toBe(fits)
  })
})

describe('scopes', () => {
  it.each([
    ['read:tap', true],
    ['mast:exclusive_access', true],
    ['a.b-c', true],
    ['', false],
    ['read tap', false],
    ['read:täp', false],
    ['a"b', false],
  ])('%j is a scope: %s', (text, fits) => {
    expect(isScope(text)).toBe(fits)
  })

  it('stand in one order, each once', () => {
    expect(sortScopes(['b', 'a', 'b'] as Scope[])).toEqual(['a', 'b'])
  })

  it('come from groups, and user:token comes to everybody', () => {
    const mapping = new Map([
      ['read:tap', new Set(['users', 'admins'])],
      ['admin:token', new Set(['admins'])],
      ['exec:notebook', new Set<string>()],
    ] as [Scope, Set<string>][])
    expect(scopesOfGroups(['users'], mapping)).toEqual(['read:tap', 'user:token'])
    expect(scopesOfGroups(['admins', 'users'], mapping)).toEqual(['admin:token', 'read:tap', 'user:token'])
    expect(scopesOfGroups(['strangers'], mapping)).toEqual(['user:token'])
  })
})
