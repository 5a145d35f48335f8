import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { MAXIMUM_DEPTH } from '../../../server/core/token/ancestry.js'
import type { Person } from '../../../server/core/token/owner-limits.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import { type ResolveRules, resolve, type TokenFacts } from '../../../server/core/token/resolve.js'
import { type Scope, scopesOfGroups } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const SCOPES = ['read:tap', 'read:image', 'exec:portal'] as Scope[]
const MAPPING = new Map([
  ['read:tap' as Scope, new Set(['users'])],
  ['read:image' as Scope, new Set(['users', 'imagers'])],
])
const RULES: ResolveRules = { now: 1000, usageLag: 10, mapping: MAPPING }
const keyAt = (index: number) => `${index}`.padStart(22, 'k') as TokenKey

/** A token and its ancestors, each of which names the next as its parent. */
const chains = (maxLength = MAXIMUM_DEPTH + 1) =>
  fc
    .array(
      fc.record({
        scopes: fc.subarray(SCOPES),
        expires: fc.option(fc.integer({ min: 900, max: 2000 }), { nil: undefined }),
        granted: fc.constantFrom(true as const, undefined),
        lastUsed: fc.constantFrom({ at: 5 }, undefined),
        usedBelow: fc.constantFrom(6, undefined),
      }),
      { minLength: 1, maxLength },
    )
    .map((parts) =>
      parts.map(
        ({ scopes, ...optional }, index): TokenRecord => ({
          key: keyAt(index),
          type: index === parts.length - 1 ? 'session' : 'internal',
          username: 'ada',
          scopes,
          created: 0,
          ...present(optional),
          ...(index < parts.length - 1 && { parent: keyAt(index + 1) }),
        }),
      ),
    )

function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof present<T>
  >
}

const persons: fc.Arbitrary<Person | undefined> = fc.option(
  fc.subarray(['users', 'imagers', 'guests']).map((names) => ({
    username: 'ada',
    email: 'ada@example.org',
    groups: names.map((name, id) => ({ name, id })),
  })),
  { nil: undefined },
)

const facts = (chain: readonly TokenRecord[], person?: Person, more: Partial<TokenFacts> = {}): TokenFacts => ({
  chain,
  owner: { is: 'known', person, anyRefused: false },
  ...more,
})

describe('a resolved token', () => {
  it('has no scope that an ancestor lacks, nor one that the owner’s groups do not give', () => {
    fc.assert(
      fc.property(chains(), persons, (chain, person) => {
        const { record } = resolve(facts(chain, person), RULES) ?? {}
        const root = chain.at(-1)
        const held =
          person?.groups && !root?.granted
            ? scopesOfGroups(
                person.groups.map(({ name }) => name),
                MAPPING,
              )
            : SCOPES
        const expected = SCOPES.filter(
          (scope) => held.includes(scope) && chain.every((each) => each.scopes.includes(scope)),
        )
        expect(record && [...record.scopes].sort()).toEqual([...expected].sort())
      }),
    )
  })

  it('expires with the first of its chain', () => {
    fc.assert(
      fc.property(chains(), (chain) => {
        const ends = chain.flatMap(({ expires }) => expires ?? [])
        const { record } = resolve(facts(chain), RULES) ?? {}
        expect(record).toBeDefined()
        expect(record?.expires).toBe(ends.length > 0 ? Math.min(...ends) : undefined)
      }),
    )
  })

  it('is the first of the chain, with the owner’s address and groups, and without last uses', () => {
    fc.assert(
      fc.property(chains(), persons, (chain, person) => {
        const { record } = resolve(facts(chain, person), RULES) ?? {}
        expect(record).toMatchObject({ key: keyAt(0), username: 'ada', type: chain[0]?.type })
        expect([record?.email, record?.groups]).toEqual([person?.email, person?.groups?.map(({ name }) => name)])
        expect([record?.lastUsed, record?.usedBelow]).toEqual([undefined, undefined])
      }),
    )
  })

  it('is idle when the last of its chain is, and a late use is waited for', () => {
    fc.assert(
      fc.property(chains(), fc.integer({ min: 950, max: 1050 }), (chain, idleEnd) => {
        const resolved = resolve(facts(chain, undefined, { idleEnd }), RULES)
        expect(resolved?.record.idle).toEqual(idleEnd > 990 ? { key: chain.at(-1)?.key, at: idleEnd } : undefined)
        expect(resolved !== undefined).toBe(idleEnd > 990)
      }),
    )
  })

  it('has no idle end where the last of its chain has none', () => {
    fc.assert(
      fc.property(chains(), (chain) => {
        expect(resolve(facts(chain), RULES)?.record).not.toHaveProperty('idle')
      }),
    )
  })

  it.each(['known', 'unavailable'] as const)('is provisional when its owner is unavailable (%s)', (is) => {
    fc.assert(
      fc.property(chains(), (chain) => {
        const owner = is === 'known' ? { is, person: undefined, anyRefused: false } : { is }
        expect(resolve({ chain, owner }, RULES)?.provisional).toBe(is === 'unavailable' ? true : undefined)
      }),
    )
  })

  it('is the record of a session as it stands when the database did not say who its owner is', () => {
    const session: TokenRecord = {
      key: keyAt(0),
      type: 'session',
      username: 'ada',
      scopes: SCOPES,
      created: 0,
      email: 'ada@example.org',
      groups: ['users'],
      pinned: { email: 'pinned@example.org' },
    }
    const resolved = resolve({ chain: [session], owner: { is: 'unavailable' } }, RULES)
    expect(resolved).toEqual({ record: session, provisional: true })
  })

  it('keeps its scopes where the site does not let them follow groups', () => {
    fc.assert(
      fc.property(chains(1), persons, (chain, person) => {
        expect(resolve(facts(chain, person), { ...RULES, mapping: undefined })?.record.scopes).toEqual(chain[0]?.scopes)
      }),
    )
  })
})

describe('no token', () => {
  it('is resolved when one of its chain was revoked', () => {
    fc.assert(
      fc.property(chains(), persons, (chain, person) => {
        const owner = { is: 'known', person, anyRefused: true } as const
        expect(resolve({ chain, owner }, RULES)).toBeUndefined()
      }),
    )
  })

  it('is resolved when its owner is disabled', () => {
    fc.assert(
      fc.property(chains(), (chain) => {
        expect(resolve(facts(chain, { username: 'ada', disabled: true }), RULES)).toBeUndefined()
      }),
    )
  })

  it('is resolved when an ancestor is missing', () => {
    fc.assert(
      fc.property(chains(), fc.nat(), (chain, cut) => {
        expect(resolve(facts(chain.slice(0, cut % chain.length)), RULES)).toBeUndefined()
      }),
    )
  })

  it.each([
    [MAXIMUM_DEPTH + 1, true],
    [MAXIMUM_DEPTH + 2, false],
  ])('is resolved from a chain of more than eight steps (%d tokens)', (length, isResolved) => {
    const chain = Array.from(
      { length },
      (_, index): TokenRecord => ({
        key: keyAt(index),
        type: 'internal',
        username: 'ada',
        scopes: SCOPES,
        created: 0,
        ...(index < length - 1 && { parent: keyAt(index + 1) }),
      }),
    )
    expect(resolve(facts(chain), RULES) !== undefined).toBe(isResolved)
  })
})
