import { describe, expect, it } from '@jest/globals'
import { clientNetwork, isNetwork } from '../../../server/core/access/ip-network.js'

// biome-ignore format: a table reads in columns
describe('a network', () => {
  it.each([
    ['192.0.2.7',         true],
    ['10.0.0.0/8',        true],
    ['2001:db8::/32',     true],
    ['::ffff:192.0.2.7',  true],
    ['0.0.0.0/0',         true],
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
