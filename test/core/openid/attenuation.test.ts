import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { isWithin } from '../../../server/core/access/restriction.js'
import { attenuate, type Child } from '../../../server/core/openid/attenuation.js'
import type { Wish } from '../../../server/core/openid/bounds.js'
import { ExchangeFault } from '../../../server/core/openid/exchange.js'
import { intersectWithParent } from '../../../server/core/token/ancestry.js'
import { TOKEN_TYPES, type TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const NOW = 1_000_000
const LIFETIME = 86_400
const TERMS = { now: NOW, lifetime: LIFETIME }

const subject = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  key: 'subject' as TokenKey,
  type: 'user',
  username: 'ada',
  scopes: ['admin:token', 'read:image', 'read:tap', 'user:token'] as Scope[],
  created: NOW - 100,
  ...more,
})

const NOTHING: Wish = { networks: [], services: [] }
const childOf = (token: TokenRecord, wish: Partial<Wish> = {}) => attenuate(token, { ...NOTHING, ...wish }, TERMS)
const scopes = (...names: string[]) => names as Scope[]

describe('a token that is exchanged', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['user',     true],
    ['service',  true],
    ['notebook', true],
    ['internal', true],
    ['session',  false],
    ['oidc',     false],
  ] as const)('of type %s has a child: %s', (type, isExchanged) => {
    const child = childOf(subject({ type }))
    if (isExchanged) expect(child).toMatchObject({ type: 'internal', username: 'ada', parent: 'subject', depth: 1 })
    else expect(child).toMatchObject({ error: 'invalid_request', description: expect.stringContaining(type) })
  })

  it('gives its scopes, but for those that manage tokens or the site', () => {
    expect(childOf(subject())).toMatchObject({ scopes: ['read:image', 'read:tap'] })
    expect(childOf(subject(), { scopes: scopes('read:tap') })).toMatchObject({ scopes: ['read:tap'] })
    expect(childOf(subject(), { scopes: [] })).toMatchObject({ scopes: [] })
  })

  it.each([
    ['a scope that it lacks', { scopes: scopes('read:tap', 'write:files') }, 'invalid_scope', 'write:files'],
    ['the scope of administrators', { scopes: scopes('admin:token') }, 'invalid_scope', 'admin:token'],
    ['the scope that manages tokens', { scopes: scopes('user:token') }, 'invalid_scope', 'user:token'],
    ['a later end than a site gives', { seconds: LIFETIME + 1 }, 'invalid_request', String(LIFETIME)],
    ['a text for a network', { networks: ['here'] }, 'invalid_request', 'networks'],
  ] as const)('gives nothing when asked for %s', (_what, wish, error, says) => {
    const fault = childOf(subject(), wish)
    expect(fault).toBeInstanceOf(ExchangeFault)
    expect(fault).toMatchObject({ error, description: expect.stringContaining(says) })
  })

  it('gives a child that ends with it, with the longest lifetime, or when asked', () => {
    const expires = NOW + 600
    expect(childOf(subject({ expires }))).toMatchObject({ expires })
    expect(childOf(subject())).toMatchObject({ expires: NOW + LIFETIME })
    expect(childOf(subject({ expires }), { seconds: 600 })).toMatchObject({ expires })
    expect(childOf(subject({ expires }), { seconds: 1 })).toMatchObject({ expires: NOW + 1 })
    expect(childOf(subject({ expires }), { seconds: 601 })).toMatchObject({
      error: 'invalid_request',
      description: 'requested_expiry may be 600 at most',
    })
    expect(childOf(subject({ expires: NOW }))).toMatchObject({ error: 'invalid_request' })
  })

  it('gives a child with all of its bounds, and narrower ones', () => {
    const bound = subject({ restriction: { networks: ['10.0.0.0/8'], services: ['soda', 'tap'] } })
    expect(childOf(bound)).toMatchObject({ restriction: { networks: ['10.0.0.0/8'], services: ['soda', 'tap'] } })
    expect(childOf(bound, { services: ['tap'] })).toMatchObject({
      restriction: { networks: ['10.0.0.0/8'], services: ['tap'] },
    })
    expect(childOf(bound, { networks: ['10.1.2.3/16'] })).toMatchObject({
      restriction: { networks: ['10.1.0.0/16'], services: ['soda', 'tap'] },
    })
    expect(childOf(bound, { services: ['portal'] })).toMatchObject({ error: 'invalid_target' })
    expect(childOf(bound, { networks: ['192.0.2.0/24'] })).toMatchObject({ error: 'invalid_request' })
    expect(childOf(subject())).not.toHaveProperty('restriction')
  })

  it('gives a child that was made for no service but its own', () => {
    expect(childOf(subject(), { services: ['portal'] })).not.toHaveProperty('service')
    expect(childOf(subject({ type: 'internal', service: 'portal' }), { services: ['tap'] })).toMatchObject({
      service: 'portal',
    })
  })

  it('has no child beyond the deepest', () => {
    expect(childOf(subject({ type: 'internal', depth: 7 }))).toMatchObject({ depth: 8 })
    expect(childOf(subject({ type: 'internal', depth: 8 }))).toMatchObject({ error: 'invalid_request' })
  })
})

const SCOPES = scopes('admin:token', 'admin:userinfo', 'read:image', 'read:tap', 'user:token', 'write:files')
const NETWORKS = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '192.0.2.0/24', '::/0', '2001:db8::/32']
const SERVICES = ['soda', 'tap', 'portal']

const some = <T>(all: readonly T[]) => fc.subarray([...all])
const tokens: fc.Arbitrary<TokenRecord> = fc
  .record(
    {
      type: fc.constantFrom(...TOKEN_TYPES),
      scopes: some(SCOPES),
      expires: fc.integer({ min: NOW - 10, max: NOW + 2 * LIFETIME }),
      service: fc.constantFrom(...SERVICES),
      depth: fc.integer({ min: 0, max: 9 }),
      restriction: fc.record({ networks: some(NETWORKS), services: some(SERVICES) }, { requiredKeys: [] }),
    },
    { requiredKeys: ['type', 'scopes'] },
  )
  .map(subject)
const wild: fc.Arbitrary<Wish> = fc.record(
  {
    scopes: some(SCOPES),
    seconds: fc.integer({ min: 1, max: 3 * LIFETIME }),
    networks: some(NETWORKS),
    services: some(SERVICES),
  },
  { requiredKeys: ['networks', 'services'] },
)
/** Wishes for less than a token has, most of which are granted. */
const modest = ({ scopes, restriction = {} }: TokenRecord): fc.Arbitrary<Wish> =>
  fc.record(
    {
      scopes: some(scopes.filter((scope) => scope.startsWith('read:'))),
      seconds: fc.integer({ min: 1, max: 100 }),
      networks: some(restriction.networks ?? NETWORKS),
      services: some(restriction.services ?? SERVICES),
    },
    { requiredKeys: ['networks', 'services'] },
  )
/** A token and a wish for a child of it. */
const asked = tokens.chain((token) => fc.tuple(fc.constant(token), fc.oneof(wild, modest(token))))

/** Expects that a child may do nothing, nowhere and at no time that its parent may not. */
function expectNoMore(
  child: Pick<Child, 'scopes' | 'restriction' | 'service'> & { expires?: number },
  of: TokenRecord,
) {
  expect(of.scopes).toEqual(expect.arrayContaining([...child.scopes]))
  expect(child.expires).toBeLessThanOrEqual(of.expires ?? Number.POSITIVE_INFINITY)
  expect(isWithin(child.restriction, of.restriction)).toBe(true)
  expect([undefined, of.service]).toContain(child.service)
}

describe('for every token and every wish', () => {
  it('the child is no more than its parent, at its birth and in every check', () => {
    fc.assert(
      fc.property(asked, ([parent, wish]) => {
        const child = attenuate(parent, wish, TERMS)
        if (child instanceof ExchangeFault) return
        expectNoMore(child, parent)
        expect(child.scopes.filter((scope) => /^(?:admin:|user:token$)/.test(scope))).toEqual([])
        expect(isWithin(child.restriction, wish.services.length > 0 ? { services: wish.services } : {})).toBe(true)
        expect(isWithin(child.restriction, wish.networks.length > 0 ? { networks: wish.networks } : {})).toBe(true)
        expectNoMore(intersectWithParent({ ...child, key: 'child' as TokenKey }, parent), parent)
      }),
    )
  })

  it('a child keeps what it was bound to, whatever becomes of its parent', () => {
    fc.assert(
      fc.property(asked, tokens, ([parent, wish], later) => {
        const child = attenuate(parent, wish, TERMS)
        if (child instanceof ExchangeFault) return
        const inEffect = intersectWithParent({ ...child, key: 'child' as TokenKey }, later)
        expectNoMore(inEffect, { ...later, ...(child.service !== undefined && { service: child.service }) })
        expect(isWithin(inEffect.restriction, child.restriction)).toBe(true)
      }),
    )
  })
})
