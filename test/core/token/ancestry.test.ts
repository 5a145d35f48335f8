import { describe, expect, it } from '@jest/globals'
import { ancestry, intersectWithParent } from '../../../server/core/token/ancestry.js'
import type { Pinned, TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const record = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  key: 'child' as TokenKey,
  type: 'internal',
  username: 'ada',
  scopes: [],
  created: 0,
  ...more,
})

describe('a delegated token', () => {
  it('has only those of its scopes that its parent has now', () => {
    const child = record({ scopes: ['read:image', 'read:tap'] as Scope[] })
    const parent = record({ scopes: ['read:tap', 'user:token'] as Scope[] })
    expect(intersectWithParent(child, parent).scopes).toEqual(['read:tap'])
  })

  it('that was made for a notebook with scopes of administrators has them no longer', () => {
    const scopes = ['admin:token', 'read:tap'] as Scope[]
    const child = record({ type: 'notebook', scopes })
    expect(intersectWithParent(child, record({ scopes })).scopes).toEqual(['read:tap'])
    expect(intersectWithParent(record({ scopes }), record({ scopes })).scopes).toEqual(scopes)
  })

  it.each([
    ['with the parent, when that ends first', 20, 10, 10],
    ['by itself, when the parent lasts longer', 10, 20, 10],
    ['by itself, when the parent never ends', 10, undefined, 10],
    ['with the parent, when it would never end by itself', undefined, 10, 10],
  ])('ends %s', (_when, own, parents, end) => {
    const child = record(own === undefined ? {} : { expires: own })
    const parent = record(parents === undefined ? {} : { expires: parents })
    expect(intersectWithParent(child, parent).expires).toBe(end)
  })

  it('never ends when neither does', () => {
    expect(intersectWithParent(record(), record())).toStrictEqual(record())
  })

  it('has its owner’s address, groups and pinned facts, and its idle end, from its parent', () => {
    const of = (whose: string) => ({
      email: `${whose}@example.org`,
      pinned: { name: whose } satisfies Pinned,
      groups: [whose],
      idle: { key: whose as TokenKey, at: 7 },
    })
    expect(intersectWithParent(record(of('child')), record(of('parent')))).toEqual(record(of('parent')))
    expect(intersectWithParent(record(), record(of('parent')))).toEqual(record(of('parent')))
  })

  it('may be used where both may', () => {
    const child = record({ restriction: { networks: ['10.1.0.0/16'], services: ['soda', 'tap'] } })
    const parent = record({ restriction: { networks: ['10.0.0.0/8'], services: ['portal', 'tap'] } })
    expect(intersectWithParent(child, parent).restriction).toEqual({ networks: ['10.1.0.0/16'], services: ['tap'] })
    expect(intersectWithParent(record(), parent).restriction).toEqual(parent.restriction)
    expect(intersectWithParent(child, record({ restriction: { services: ['portal'] } })).restriction).toEqual({
      networks: ['10.1.0.0/16'],
      services: [],
    })
  })

  it('keeps its own where its parent has none', () => {
    const child = record({
      email: 'ada@example.org',
      pinned: {},
      restriction: { services: ['tap'] },
      groups: ['users'],
      idle: { key: 'x' as TokenKey, at: 7 },
    })
    expect(intersectWithParent(child, record({ key: 'parent' as TokenKey }))).toEqual(child)
  })
})

describe('everything that was delegated from a token', () => {
  const of = (key: string, parent?: string) => ({
    key: key as TokenKey,
    ...(parent !== undefined && { parent: parent as TokenKey }),
  })
  const tree = [of('a1', 'a'), of('a11', 'a1'), of('a2', 'a'), of('a12', 'a1'), of('b1', 'b'), of('alone')]
  const below = (root: string) => ancestry(tree)(root as TokenKey).map(({ key }) => key)

  it('is its children and theirs, parents first', () => {
    expect(below('a')).toEqual(['a1', 'a11', 'a12', 'a2'])
    expect(below('a1')).toEqual(['a11', 'a12'])
    expect(below('b')).toEqual(['b1'])
  })

  it('is nothing for a token that was never delegated', () => {
    expect(below('a2')).toEqual([])
    expect(below('alone')).toEqual([])
    expect(below('undefined')).toEqual([])
  })
})
