import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { intersectWithParent } from '../../../server/core/token/ancestry.js'
import {
  type Derivation,
  delegatedExpiry,
  delegatedScopes,
  deriveToken,
} from '../../../server/core/token/delegation.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken, homeOf, mintToken, type TokenKey } from '../../../server/core/token/token.js'

const KEY = new Uint8Array(32).fill(7)
const SEAL = new Uint8Array(32).fill(9)
const PARENT = mintToken('redis', randomBytes, SEAL).key
const FROM: Derivation = {
  parent: PARENT,
  type: 'internal',
  service: 'tap',
  scopes: ['read:tap'] as Scope[],
  expires: 1000,
  generation: 0,
}
const text = (from: Derivation, key = KEY) => formatToken(deriveToken(key, SEAL, from))

describe('a derived token', () => {
  it('is the same wherever it is worked out, and lives in Redis', () => {
    expect(text(FROM)).toBe(text({ ...FROM }))
    expect(homeOf(deriveToken(KEY, SEAL, FROM).key)).toBe('redis')
  })

  it('is another for whatever differs', () => {
    const others: Derivation[] = [
      { ...FROM, parent: mintToken('postgres', randomBytes, SEAL).key },
      { ...FROM, type: 'notebook' },
      { ...FROM, service: undefined },
      { ...FROM, service: 'tap2' },
      { ...FROM, service: 'ta', scopes: ['pread:tap'] as Scope[] },
      { ...FROM, scopes: ['read', 'tap'] as Scope[] },
      { ...FROM, expires: 1001 },
      { ...FROM, generation: 1 },
      { ...FROM, networks: ['192.0.2.0/24'] },
      { ...FROM, networks: ['198.51.100.0/24'] },
    ]
    const all = [text(FROM), ...others.map((each) => text(each)), text(FROM, new Uint8Array(32).fill(8))]
    expect(new Set(all.map((each) => each.slice(3, 25))).size).toBe(all.length)
    expect(new Set(all.map((each) => each.slice(26))).size).toBe(all.length)
  })
})

describe('the end of a delegated token', () => {
  const cases = fc.record({
    now: fc.integer({ min: 1_700_000_000, max: 2_000_000_000 }),
    lifetime: fc.integer({ min: 600, max: 90 * 86_400 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    parentLeft: fc.option(fc.integer({ min: 0, max: 90 * 86_400 }), { nil: undefined }),
    parent: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  })

  it('leaves what is needed, is within the lifetime, and never after its parent’s', () => {
    fc.assert(
      fc.property(cases, ({ now, lifetime, part, parentLeft, parent }) => {
        const needed = 300 + part * Math.max(0, lifetime - 300 - 300)
        const parentExpires = parentLeft === undefined ? undefined : now + parentLeft
        const key = Buffer.from(parent).toString('base64url') as TokenKey
        const end = delegatedExpiry(key, { lifetime, parentExpires, needed: Math.min(needed, lifetime - 300) }, now)
        expect(end).toBeLessThanOrEqual(parentExpires ?? Number.POSITIVE_INFINITY)
        expect(end).toBeLessThanOrEqual(now + lifetime)
        if (end !== parentExpires) expect(end - now).toBeGreaterThanOrEqual(Math.min(needed, lifetime - 300))
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves at least half of the lifetime, so that a service can work with it for long', () => {
    fc.assert(
      fc.property(cases, ({ now, lifetime, parent }) => {
        const key = Buffer.from(parent).toString('base64url') as TokenKey
        const end = delegatedExpiry(key, { lifetime, parentExpires: undefined, needed: 0 }, now)
        expect(end - now).toBeGreaterThanOrEqual(Math.ceil(lifetime / 2))
      }),
    )
  })

  it('differs between parents, so that a site does not renew all its tokens in one second', () => {
    const lifetime = { lifetime: 86_400, parentExpires: undefined, needed: 300 }
    const ends = Array.from({ length: 100 }, () => {
      return delegatedExpiry(mintToken('redis', randomBytes, SEAL).key, lifetime, 1_790_000_000)
    })
    expect(new Set(ends).size).toBeGreaterThan(90)
  })

  it('stays the same from release to release, so that old and new replicas derive one token during an upgrade', () => {
    const parent = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex').toString('base64url') as TokenKey
    const lifetime = { lifetime: 86_400, parentExpires: undefined, needed: 300 }
    expect(delegatedExpiry(parent, lifetime, 1_790_000_000)).toBe(1_790_058_051)
  })

  it('is the same for all who ask within half a lifetime, but for one change', () => {
    const lifetime = { lifetime: 86_400, parentExpires: undefined, needed: 300 }
    const ends = Array.from({ length: 100 }, (_, step) => delegatedExpiry(PARENT, lifetime, 1_790_000_000 + step * 432))
    expect(new Set(ends).size).toBeLessThanOrEqual(2)
  })
})

describe('what a delegated token may do', () => {
  const held = ['exec:notebook', 'read:tap'] as Scope[]

  it('has no scope of administrators for a notebook, which runs what its user downloads', () => {
    const admin = ['admin:programs', 'admin:token', 'admin:userinfo', 'administer', 'exec:admin'] as Scope[]
    expect(delegatedScopes({ type: 'notebook' }, admin)).toEqual(['administer', 'exec:admin'])
    const service = { type: 'internal', service: 'portal', scopes: ['admin:token'] as Scope[] } as const
    expect(delegatedScopes(service, admin)).toEqual(['admin:token'])
  })

  it('is all that its parent may for a notebook, and what was asked and is held for a service', () => {
    expect(delegatedScopes({ type: 'notebook' }, held)).toEqual(held)
    const wanted = ['read:tap', 'read:image'] as Scope[]
    expect(delegatedScopes({ type: 'internal', service: 'x', scopes: wanted }, held)).toEqual(['read:tap'])
  })

  it('shrinks with its parent, and its end with its parent’s', () => {
    const child = {
      key: PARENT,
      type: 'notebook',
      username: 'ada',
      scopes: held,
      created: 1,
      expires: 900,
    } as TokenRecord
    const parent = { ...child, scopes: ['read:tap'] as Scope[], expires: 500, email: 'ada@example.org' }
    expect(intersectWithParent(child, parent)).toMatchObject({
      scopes: ['read:tap'],
      expires: 500,
      email: 'ada@example.org',
    })
    const { expires: _never, ...eternal } = parent
    expect(intersectWithParent(child, eternal).expires).toBe(900)
  })
})
