import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { applyOwner } from '../../../server/core/token/owner-limits.js'
import type { Group, TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const MAPPING = new Map([
  ['read:tap' as Scope, new Set(['users'])],
  ['read:image' as Scope, new Set(['users', 'imagers'])],
  ['admin:token' as Scope, new Set(['admins'])],
])
const groups = (...names: string[]): Group[] => names.map((name, index) => ({ name, id: 1000 + index }))

function token(more: Partial<TokenRecord> = {}): TokenRecord {
  return {
    key: 'k'.repeat(22) as TokenKey,
    type: 'user',
    username: 'ada',
    scopes: ['admin:token', 'read:tap', 'user:token'] as Scope[],
    created: 0,
    ...more,
  }
}

describe('a token as its owner stands', () => {
  it('keeps what it was given when no source knows its owner', () => {
    expect(applyOwner(token(), undefined, MAPPING)).toEqual(token())
  })

  it('keeps what it was given when no source knows its owner’s groups', () => {
    expect(applyOwner(token(), { username: 'ada' }, MAPPING)?.scopes).toEqual(token().scopes)
  })

  it('loses what its owner’s groups no longer give, and keeps user:token', () => {
    const owner = { username: 'ada', groups: groups('users') }
    expect(applyOwner(token(), owner, MAPPING)?.scopes).toEqual(['read:tap', 'user:token'])
  })

  it('is left with user:token alone when its owner has left every group', () => {
    expect(applyOwner(token(), { username: 'ada', groups: [] }, MAPPING)?.scopes).toEqual(['user:token'])
  })

  it('keeps what an administrator gave it, whatever its owner’s groups are', () => {
    const granted = token({ granted: true })
    expect(applyOwner(granted, { username: 'ada', groups: [] }, MAPPING)?.scopes).toEqual(granted.scopes)
  })

  it('keeps what it was made with where the site says so', () => {
    expect(applyOwner(token(), { username: 'ada', groups: [] }, undefined)?.scopes).toEqual(token().scopes)
  })

  it.each([{}, { granted: true as const }])('is no token at all when the account is disabled (%j)', (more) => {
    expect(applyOwner(token(more), { username: 'ada', disabled: true }, MAPPING)).toBeUndefined()
  })

  it('says of its owner what is pinned to it, and else what is known now', () => {
    const owner = { username: 'ada', email: 'ada@new.example', groups: groups('users') }
    expect(applyOwner(token({ email: 'ada@old.example' }), owner, MAPPING)).toMatchObject({
      email: 'ada@new.example',
      groups: ['users'],
    })
    const pinned = { email: 'ada@pinned.example', groups: groups('pinned') }
    const ofPinned = { email: 'ada@pinned.example', groups: ['pinned'] }
    expect(applyOwner(token({ pinned }), owner, MAPPING)).toMatchObject(ofPinned)
    expect(applyOwner(token({ pinned }), undefined, MAPPING)).toMatchObject(ofPinned)
  })

  it('never has a scope that it was not given', () => {
    const scope = fc.constantFrom(...MAPPING.keys(), 'user:token' as Scope)
    const group = fc.constantFrom('users', 'imagers', 'admins', 'others')
    fc.assert(
      fc.property(fc.uniqueArray(scope), fc.uniqueArray(group), fc.boolean(), (scopes, names, granted) => {
        const given = token({ scopes, ...(granted && { granted: true as const }) })
        const left = applyOwner(given, { username: 'ada', groups: groups(...names) }, MAPPING)
        expect(scopes).toEqual(expect.arrayContaining([...(left?.scopes ?? [])]))
      }),
    )
  })
})
