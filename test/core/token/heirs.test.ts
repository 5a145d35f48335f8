import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../../server/core/access/refusal.js'
import { endOfHeir, makersOfHeir, narrowedHeir, scopesForHeirs } from '../../../server/core/token/heirs.js'
import type { TokenRecord } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const NOW = 1_800_000_000
const HOUR = 3600
const scopes = (...names: string[]) => names as Scope[]
const key = (name: string) => name as TokenKey
const record = (more: Partial<TokenRecord> = {}): TokenRecord => ({
  key: key('maker'),
  type: 'user',
  username: 'ada',
  scopes: scopes('read:tap', 'user:token'),
  created: NOW - HOUR,
  ...more,
})

describe('the end of a token that another makes', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['as late as its maker’s when no end is asked for',      record({ expires: NOW + HOUR }), undefined,       undefined,      NOW + HOUR],
    ['what is asked for when that is sooner',                record({ expires: NOW + HOUR }), NOW + 600,       NOW + 600,      NOW + 600],
    ['what is asked for when that is the maker’s end',       record({ expires: NOW + HOUR }), NOW + HOUR,      NOW + HOUR,     NOW + HOUR],
    ['the site’s when that is sooner than the maker’s',      record({ expires: NOW + HOUR }), undefined,       NOW + 900,      NOW + 900],
    ['the maker’s when that is sooner than the site’s',      record({ expires: NOW + HOUR }), undefined,       NOW + 2 * HOUR, NOW + HOUR],
    ['never when the maker’s is never',                      record(),                        undefined,       undefined,      undefined],
    ['free when a session makes it, which is how people do', record({ type: 'session', expires: NOW + HOUR }), NOW + 9 * HOUR, NOW + 9 * HOUR, NOW + 9 * HOUR],
  ])('is %s', (_what, maker, wanted, end, expected) => {
    expect(endOfHeir(maker, wanted, end, NOW)).toBe(expected)
  })

  it.each([
    ['later than its maker’s', NOW + HOUR, NOW + HOUR + 1, 'A token cannot last longer than the token that creates it'],
    [
      'within five minutes, since its maker ends then',
      NOW + 299,
      undefined,
      'Token must be valid for at least five minutes',
    ],
  ])('is refused when it would be %s', (_what, expires, wanted, message) => {
    expect(endOfHeir(record({ expires }), wanted, wanted, NOW)).toEqual(new Refusal('invalid_expires', message))
  })

  it.each(['user', 'service', 'notebook', 'internal', 'oidc'] as const)('is bounded by a maker of type %s', (type) => {
    expect(endOfHeir(record({ type, expires: NOW + HOUR }), undefined, undefined, NOW)).toBe(NOW + HOUR)
  })

  it('is never later than its maker’s, however long the line', () => {
    const instant = fc.option(fc.integer({ min: NOW, max: NOW + 9 * HOUR }), { nil: undefined })
    fc.assert(
      fc.property(instant, instant, instant, (expires, wanted, end) => {
        const given = endOfHeir(record(expires === undefined ? {} : { expires }), wanted, wanted ?? end, NOW)
        if (given instanceof Refusal || expires === undefined) return
        expect(given).toBeLessThanOrEqual(expires)
      }),
    )
  })
})

describe('the makers of a token', () => {
  it('are the token that made it and that one’s makers, and none for what a session made', () => {
    expect(makersOfHeir(record({ makers: [key('first')] }))).toEqual(['maker', 'first'])
    expect(makersOfHeir(record())).toEqual(['maker'])
    expect(makersOfHeir(record({ type: 'session' }))).toEqual([])
  })

  it('are eight at most', () => {
    const makers = Array.from({ length: 7 }, (_, at) => key(`maker-${at}`))
    expect(makersOfHeir(record({ makers }))).toHaveLength(8)
    expect(makersOfHeir(record({ makers: [...makers, key('one more')] }))).toMatchObject({
      code: 'permission_denied',
      message: 'Too many tokens have been made with one another; sign in to create one',
    })
  })
})

describe('the scopes that a token passes on', () => {
  const mapping = new Map([['read:tap' as Scope, new Set(['users'])]])
  const granted = record({ granted: true, scopes: scopes('read:image', 'read:tap', 'user:token'), groups: ['users'] })

  it('are not those that an administrator granted', () => {
    expect(scopesForHeirs(granted, mapping)).toEqual(['read:tap', 'user:token'])
  })

  it.each([
    ['it was not granted', { ...granted, granted: undefined } as unknown as TokenRecord, mapping],
    ['tokens keep their scopes', granted, undefined],
    ['no source knows the groups', { ...granted, groups: undefined } as unknown as TokenRecord, mapping],
  ])('are all of its own when %s', (_when, token, groups) => {
    expect(scopesForHeirs(token, groups)).toEqual(granted.scopes)
  })
})

describe('an heir whose maker was edited', () => {
  const heir = record({ key: key('heir'), scopes: scopes('read:image', 'read:tap'), expires: NOW + 2 * HOUR })
  const maker = record({ scopes: scopes('read:image', 'read:tap'), expires: NOW + 2 * HOUR })

  it('loses the scopes and the time that the maker lost', () => {
    const after = { ...maker, scopes: scopes('read:tap'), expires: NOW + HOUR }
    expect(narrowedHeir(heir, maker, after)).toEqual({ ...heir, scopes: ['read:tap'], expires: NOW + HOUR })
    expect(narrowedHeir(record({ key: key('heir') }), record(), record({ expires: NOW + HOUR })).expires).toBe(
      NOW + HOUR,
    )
  })

  const tap = { services: ['tap'] }
  const [both, one] = [record({ scopes: scopes('read:image', 'read:tap') }), record({ scopes: scopes('read:tap') })]

  // biome-ignore format: a table reads in columns
  it.each([
    ['a scope alone',                                heir,                       maker, { ...maker, scopes: scopes('read:tap') }, { ...heir, scopes: ['read:tap'] }],
    ['time alone',                                   heir,                       maker, { ...maker, expires: NOW + HOUR },        { ...heir, expires: NOW + HOUR }],
    ['places alone',                                 heir,                       maker, { ...maker, restriction: tap },           { ...heir, restriction: tap }],
    ['a scope, and neither has an end or is bound',  both,                       both,  one,                                      one],
    ['a scope, and keeps where it is bound to',      { ...heir, restriction: tap }, maker, { ...maker, scopes: scopes('read:tap') }, { ...heir, scopes: ['read:tap'], restriction: tap }],
    ['places that it had besides',                   { ...heir, restriction: { services: ['image', 'tap'] } }, maker, { ...maker, restriction: tap }, { ...heir, restriction: tap }],
  ])('loses %s', (_what, had, before, after, has) => {
    expect(narrowedHeir(had, before, after)).toStrictEqual(has)
  })

  it.each([
    ['the maker got a new name', { ...maker, name: 'new' }],
    ['the maker was made to last longer', { ...maker, expires: NOW + 9 * HOUR }],
    ['the maker never had what the heir has', { ...maker, scopes: scopes('read:image', 'read:tap', 'exec:portal') }],
  ])('stays as it is when %s', (_when, after) => {
    expect(narrowedHeir(heir, maker, after)).toBe(heir)
  })

  it('that ends sooner anyway keeps its end', () => {
    const soon = { ...heir, expires: NOW + 600 }
    expect(narrowedHeir(soon, maker, { ...maker, expires: NOW + HOUR })).toBe(soon)
  })
})
