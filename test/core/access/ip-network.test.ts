import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readAddress } from '../../../server/core/access/ip-address.js'
import {
  clientNetwork,
  commonBeginning,
  containsNetwork,
  isInNetwork,
  isNetwork,
  writeNetwork,
} from '../../../server/core/access/ip-network.js'

// biome-ignore format: a table reads in columns
describe('a network', () => {
  it.each([
    ['192.0.2.7',         true],
    ['10.0.0.0/8',        true],
    ['2001:db8::/32',     true],
    ['::ffff:192.0.2.7',  true],
    ['0.0.0.0/0',         true],
    ['64:ff9b::192.0.2.7/120', true],
    ['192.0.2.7/32',      true],
    ['2001:db8::1/128',   true],
    ['10.0.0.0/8x',       false],
    ['10.0.0.0/x8',       false],
    ['10.0.0.0/-8',       false],
    ['10.0.0.0/8.0',      false],
    ['fe80::1%eth0/64',   false],
    ['10.0.0.0/33',       false],
    ['2001:db8::/129',    false],
    ['10.0.0.0/',         false],
    ['10.0.0.0/8/8',      false],
    ['127.1',             false],
    ['010.0.0.1',         false],
    ['0x7f000001',        false],
    ['2130706433',        false],
    ['fe80::1%eth0',      false],
    ['localhost',         false],
    ['',                  false],
  ])('in %p is one: %s', (text, expected) => {
    expect(isNetwork(text)).toBe(expected)
  })
})

// biome-ignore format: a table reads in columns
describe('the network that counts as one client', () => {
  it.each([
    ['192.0.2.7',                       '192.0.2.7'],
    ['::ffff:192.0.2.7',                '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6',            '2001:db8:1:2::'],
    ['2001:db8:1:2::',                  '2001:db8:1:2::'],
    ['2001:0DB8:0001:0002:f00::1',      '2001:db8:1:2::'],
    ['2001:db8::1',                     '2001:db8::'],
    ['::1',                             '::'],
    ['unknown',                         'unknown'],
  ])('of %s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network)
  })
})

// biome-ignore format: a table reads in columns
describe('the one form of a network', () => {
  it.each([
    ['192.0.2.7',                '192.0.2.7/32'],
    ['192.0.2.77/24',            '192.0.2.0/24'],
    ['10.255.0.0/12',            '10.240.0.0/12'],
    ['2001:DB8::1/32',           '2001:db8::/32'],
    ['2001:db8::77/120',         '2001:db8::/120'],
    ['::ffff:192.0.2.7',         '192.0.2.7/32'],
    ['::ffff:192.0.2.7/120',     '192.0.2.0/24'],
    ['::ffff:192.0.2.7/96',      '0.0.0.0/0'],
    ['::ffff:192.0.2.7/95',      '::fffe:0:0/95'],
  ])('%s is %s', (given, written) => {
    expect(writeNetwork(given)).toBe(written)
  })
})

// biome-ignore format: a table reads in columns
describe('a client', () => {
  it.each([
    ['192.0.2.7',         '192.0.2.0/24',         true],
    ['192.0.3.7',         '192.0.2.0/24',         false],
    ['::ffff:192.0.2.7',  '192.0.2.0/24',         true],
    ['192.0.2.7',         '::ffff:192.0.2.0/120', true],
    ['192.0.2.7',         '::/0',                 false],
    ['2001:db8::7',       '0.0.0.0/0',            false],
    ['2001:db8::7',       '2001:db8::7/128',      true],
    ['2001:db8::7',       '2001:db8::/112',       true],
    ['2001:db8::1:7',     '2001:db8::/112',       false],
  ])('at %s is in %s: %s', (address, network, expected) => {
    expect(isInNetwork(network, address)).toBe(expected)
  })
})

// biome-ignore format: a table reads in columns
describe('a network contains another', () => {
  it.each([
    ['10.0.0.0/8',        '10.0.0.0/8',           true],
    ['10.0.0.0/8',        '10.1.0.0/16',          true],
    ['10.1.0.0/16',       '10.0.0.0/8',           false],
    ['10.0.0.0/8',        '11.0.0.0/16',          false],
    ['::/0',              '10.0.0.0/8',           false],
    ['2001:db8::/32',     '2001:db8:7::/112',     true],
  ])('%s, %s: %s', (outer, inner, expected) => {
    expect(containsNetwork(outer, inner)).toBe(expected)
  })
})

describe('the common beginning of the addresses of a network', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['10.5.20.0/24',          '10.5.20.'],
    ['10.5.16.0/20',          '10.5.'],
    ['10.0.0.0/7',            ''],
    ['192.0.2.7/32',          '192.0.2.'],
    ['2001:db8::/32',         '2001:db8:'],
    ['2001:db8:0:5::/64',     '2001:db8:'],
    ['2001:DB8:85a3::/47',    '2001:db8:'],
    ['::/0',                  ''],
    ['::ffff:192.0.2.0/120',  '192.0.2.'],
  ])('is, of %s, %j', (network, beginning) => expect(commonBeginning(network)).toBe(beginning))

  it('is how each of them is written', () => {
    const small = fc.constantFrom(0, 0, 1, 0xdb8, 0xffff)
    const group = fc.oneof(small, fc.nat(0xffff))
    const ipv6 = fc
      .array(group, { minLength: 8, maxLength: 8 })
      .map((groups) => groups.map((each) => each.toString(16)).join(':'))
    const ipv4 = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'))
    fc.assert(
      fc.property(fc.oneof(ipv6, ipv4), fc.nat(128), (text, nat) => {
        const bits = text.includes(':') ? nat : nat % 33
        expect(readAddress(text)?.startsWith(commonBeginning(`${text}/${bits}`))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})
