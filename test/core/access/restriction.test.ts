import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { writeNetwork } from '../../../server/core/access/ip-network.js'
import { Refusal } from '../../../server/core/access/refusal.js'
import {
  intersectRestrictions,
  isWithin,
  MAXIMUM_PLACES,
  type Restriction,
  readRestriction,
  refuseOutside,
  restrictHeir,
} from '../../../server/core/access/restriction.js'

const codeOf = (outcome: unknown) => (outcome instanceof Refusal ? outcome.code : outcome)

describe('a restriction', () => {
  it.each<[given: string, address: string | undefined, inside: boolean]>([
    ['192.0.2.0/24', '192.0.2.7', true],
    ['192.0.2.0/24', '::ffff:192.0.2.7', true],
    ['::ffff:192.0.2.0/120', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['192.0.2.0/24', '192.0.3.7', false],
    ['192.0.2.0/24', '2001:db8::7', false],
    ['192.0.2.0/24', undefined, false],
    ['2001:db8::/32', '2001:db8:7::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['0.0.0.0/0', '198.51.100.7', true],
    ['0.0.0.0/0', '2001:db8::7', false],
    ['::/0', '192.0.2.7', false],
  ])('to %s, for a client at %s, holds: %s', (network, address, inside) => {
    const restriction = readRestriction([network], []) as Restriction
    expect(codeOf(refuseOutside(restriction, { address }))).toBe(inside ? undefined : 'outside_restriction')
  })

  it.each<[service: string | undefined, inside: boolean]>([
    ['tap', true],
    ['portal', false],
    ['TAP', false],
    [undefined, false],
  ])('to the service tap, at the service %s, holds: %s', (service, inside) => {
    const place = { service, address: '192.0.2.7' }
    expect(codeOf(refuseOutside({ services: ['tap'] }, place))).toBe(inside ? undefined : 'outside_restriction')
  })

  it('that is empty admits no place, and one that is absent every place', () => {
    expect(codeOf(refuseOutside({ networks: [] }, { address: '192.0.2.7' }))).toBe('outside_restriction')
    expect(codeOf(refuseOutside({ services: [] }, { service: 'tap' }))).toBe('outside_restriction')
    for (const none of [undefined, {}]) expect(refuseOutside(none, {})).toBeUndefined()
  })

  it('is read in one form: sorted, once each, without bits below the network', () => {
    const read = readRestriction(
      ['192.0.2.77/24', '192.0.2.0/24', '2001:DB8::1/32', '10.0.0.1'],
      ['tap', 'portal', 'tap'],
    )
    expect(read).toEqual({
      networks: ['10.0.0.1/32', '192.0.2.0/24', '2001:db8::/32'],
      services: ['portal', 'tap'],
    })
    expect(readRestriction([], [])).toBeUndefined()
  })

  it.each<[networks: readonly string[], services: readonly string[]]>([
    [['192.0.2.0/33'], []],
    [['example.org'], []],
    [['010.0.0.1'], []],
    [['fe80::1%eth0'], []],
    [[''], []],
    [[], ['']],
    [[], ['a b']],
    [[], ['a,b']],
    [[], ['é']],
    [Array.from({ length: MAXIMUM_PLACES + 1 }, (_, n) => `192.0.2.${n}`), []],
  ])('of %j and %j is refused', (networks, services) => {
    expect(codeOf(readRestriction(networks, services))).toBe('invalid_restriction')
  })
})

const network = fc
  .tuple(fc.nat({ max: 7 }), fc.integer({ min: 5, max: 8 }))
  .map(([head, bits]) => writeNetwork(`${head * 32}.0.0.0/${bits}`))
const list = fc.option(fc.uniqueArray(network, { maxLength: 4 }), { nil: undefined })
const names = fc.option(fc.uniqueArray(fc.constantFrom('tap', 'portal', 'image'), { maxLength: 3 }), { nil: undefined })
const restriction: fc.Arbitrary<Restriction> = fc
  .record({ networks: list, services: names })
  .map(({ networks, services }) => ({ ...(networks && { networks }), ...(services && { services }) }))
const place = fc.record({
  address: fc.nat({ max: 255 }).map((head) => `${head}.0.0.0`),
  service: fc.constantFrom('tap', 'portal', 'image', undefined),
})
const admits = (each: Restriction | undefined, where: { address: string; service: string | undefined }) =>
  refuseOutside(each, where) === undefined

describe('of two restrictions', () => {
  it('one is within the other only if it admits nothing that the other does not', () => {
    fc.assert(
      fc.property(restriction, restriction, place, (inner, outer, where) => {
        return !(isWithin(inner, outer) && admits(inner, where)) || admits(outer, where)
      }),
      { numRuns: 2000 },
    )
  })

  it('the intersection admits exactly what both admit', () => {
    fc.assert(
      fc.property(restriction, restriction, place, (one, other, where) => {
        const both = intersectRestrictions(one, other)
        return admits(both, where) === (admits(one, where) && admits(other, where)) && isWithin(both, other)
      }),
    )
  })

  it('an heir never admits more than its maker, and has its maker’s where it asks for none', () => {
    fc.assert(
      fc.property(restriction, fc.option(restriction, { nil: undefined }), place, (maker, wanted, where) => {
        const heir = restrictHeir(maker, wanted)
        return heir instanceof Refusal || !admits(heir, where) || admits(maker, where)
      }),
    )
    const maker = { networks: ['10.0.0.0/8'], services: ['tap'] }
    expect(restrictHeir(maker, undefined)).toEqual(maker)
    expect(restrictHeir(maker, { networks: ['10.1.0.0/16'] })).toEqual({ networks: ['10.1.0.0/16'], services: ['tap'] })
    expect(codeOf(restrictHeir(maker, { networks: ['0.0.0.0/0'] }))).toBe('invalid_restriction')
    expect(codeOf(restrictHeir(maker, { services: ['tap', 'portal'] }))).toBe('invalid_restriction')
  })
})
