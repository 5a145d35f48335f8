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

const outside = (message: string) => expect.objectContaining({ code: 'outside_restriction', message })

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
    const outcome = inside ? undefined : outside('Token may not be used from this address')
    expect(refuseOutside(restriction, { address })).toEqual(outcome)
  })

  it.each<[service: string | undefined, inside: boolean]>([
    ['tap', true],
    ['portal', false],
    ['TAP', false],
    [undefined, false],
  ])('to the service tap, at the service %s, holds: %s', (service, inside) => {
    const place = { service, address: '192.0.2.7' }
    const outcome = inside ? undefined : outside('Token may not be used at this service')
    expect(refuseOutside({ services: ['tap'] }, place)).toEqual(outcome)
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

  it('has only the list that was given, of up to twenty places', () => {
    const most = Array.from({ length: MAXIMUM_PLACES }, (_, n) => `192.0.2.${n}/32`).sort()
    expect(readRestriction(most, [])).toStrictEqual({ networks: most })
    expect(readRestriction([], ['tap'])).toStrictEqual({ services: ['tap'] })
  })

  it.each<[networks: readonly string[], services: readonly string[], says: RegExp]>([
    [['192.0.2.0/33'], [], /Give networks such as 192\.0\.2\.0\/24/],
    [['192.0.2.0/24', 'example.org'], [], /Give networks/],
    [['010.0.0.1'], [], /Give networks/],
    [['fe80::1%eth0'], [], /Give networks/],
    [[''], [], /Give networks/],
    [[], [''], /Give the names of services/],
    [[], ['tap', 'a b'], /Give the names of services/],
    [[], ['a,b'], /Give the names of services/],
    [[], ['é'], /Give the names of services/],
    [Array.from({ length: MAXIMUM_PLACES + 1 }, (_, n) => `192.0.2.${n}`), [], /at most 20 networks and services/],
    [[], Array.from({ length: MAXIMUM_PLACES + 1 }, (_, n) => `s${n}`), /at most 20 networks and services/],
  ])('of %j and %j is refused, and the refusal says what to give', (networks, services, says) => {
    const refusal = readRestriction(networks, services)
    expect(refusal).toMatchObject({ code: 'invalid_restriction', message: expect.stringMatching(says) })
  })
})

// Of eight addresses and their networks, so that lists and places meet often.
const network = fc
  .tuple(fc.nat({ max: 7 }), fc.integer({ min: 5, max: 8 }))
  .map(([head, bits]) => writeNetwork(`${head}.0.0.0/${bits}`))
const list = fc.option(fc.uniqueArray(network, { maxLength: 4 }), { nil: undefined })
const names = fc.option(fc.uniqueArray(fc.constantFrom('tap', 'portal', 'image'), { maxLength: 3 }), { nil: undefined })
const restriction: fc.Arbitrary<Restriction> = fc
  .record({ networks: list, services: names })
  .map(({ networks, services }) => ({ ...(networks && { networks }), ...(services && { services }) }))
const place = fc.record({
  address: fc.nat({ max: 7 }).map((head) => `${head}.0.0.0`),
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
      { numRuns: 1000 },
    )
  })

  it('the intersection is in one form: the narrower places, sorted, once each', () => {
    const [wide, narrow] = [
      ['10.0.0.0/8', '192.0.2.0/24'],
      ['10.2.0.0/16', '10.1.0.0/16', '192.0.2.0/24'],
    ]
    const both = ['10.1.0.0/16', '10.2.0.0/16', '192.0.2.0/24']
    expect(intersectRestrictions({ networks: wide }, { networks: narrow })).toStrictEqual({ networks: both })
    expect(intersectRestrictions({ networks: narrow }, { networks: wide })).toStrictEqual({ networks: both })
    const services = intersectRestrictions({ services: ['portal', 'tap'] }, { services: ['tap', 'image'] })
    expect(services).toStrictEqual({ services: ['tap'] })
  })

  it('one that is absent leaves the other as it is', () => {
    const some = { networks: ['10.0.0.0/8'] }
    expect(intersectRestrictions(some, undefined)).toBe(some)
    expect(intersectRestrictions(undefined, some)).toBe(some)
    expect(intersectRestrictions(undefined, undefined)).toBeUndefined()
    expect(intersectRestrictions(some, { services: ['tap'] })).toStrictEqual({ ...some, services: ['tap'] })
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
    expect(restrictHeir(maker, { networks: ['0.0.0.0/0'] })).toMatchObject({
      code: 'invalid_restriction',
      message: expect.stringContaining('where the token that creates it cannot'),
    })
    expect(codeOf(restrictHeir(maker, { services: ['tap', 'portal'] }))).toBe('invalid_restriction')
  })
})
