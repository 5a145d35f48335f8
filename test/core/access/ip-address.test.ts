import { isIP } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readAddress } from '../../../server/core/access/ip-address.js'

// biome-ignore format: a table reads in columns
describe('an address', () => {
  it.each([
    ['203.0.113.9',                '203.0.113.9'],
    ['203.0.113.9:51234',          '203.0.113.9'],
    ['203.0.113.9:_hidden',        '203.0.113.9'],
    [' "203.0.113.9:51234"\t',     '203.0.113.9'],
    ['::ffff:203.0.113.9',         '203.0.113.9'],
    ['::FFFF:CB00:7109',           '203.0.113.9'],
    ['[::ffff:203.0.113.9]:443',   '203.0.113.9'],
    ['2001:db8::5',                '2001:db8::5'],
    ['2001:0DB8:0:0:0:0:0:5',      '2001:db8::5'],
    ['[2001:db8::5]',              '2001:db8::5'],
    ['[2001:db8::5]:443',          '2001:db8::5'],
    ['"[2001:db8::5]:443"',        '2001:db8::5'],
    ['1::2:3:4:5:6:7',             '1:0:2:3:4:5:6:7'],
    ['64:ff9b::192.0.2.7',         '64:ff9b::c000:207'],
    ['fe80::1%eth0',               'fe80::1'],
    ['[FE80::1%25eth0]:443',       'fe80::1'],
  ])('written as %p is read as %s', (text, address) => {
    expect(readAddress(text)).toBe(address)
  })

  it.each([
    '', 'unknown', '_hidden', 'localhost', '203.0.113.9:port', '203.0.113.9:1:2', '203.0.113', '010.0.0.1', '0x7f000001',
    '127.1', '[203.0.113.9]', '[2001:db8::5', '2001:db8::5]:443', '"203.0.113.9', '203.0.113.9, 203.0.113.8', '[]:1', ':80',
    '300.0.113.9:80', '2001:db8::5::1',
  ])('is none in %p', (text) => {
    expect(readAddress(text)).toBeUndefined()
  })

  const anyPort = fc.option(fc.integer({ min: 0, max: 65535 }), { nil: undefined })
  const withPort = (text: string, port: number | undefined) => (port === undefined ? text : `${text}:${port}`)
  const quoted = (text: string, isQuoted: boolean) => (isQuoted ? `"${text}"` : text)

  it('of IPv4 is the same in every spelling', () => {
    fc.assert(
      fc.property(fc.ipV4(), anyPort, fc.boolean(), (address, port, isQuoted) => {
        const hex = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
        const groups = `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`
        expect(readAddress(quoted(withPort(address, port), isQuoted))).toBe(address)
        for (const mapped of [`::ffff:${address}`, `::ffff:${groups}`, `0:0:0:0:0:FFFF:${groups.toUpperCase()}`]) {
          expect(readAddress(quoted(withPort(`[${mapped}]`, port), isQuoted))).toBe(address)
          expect(readAddress(mapped)).toBe(address)
        }
      }),
    )
  })

  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  const ipv6 = fc.array(group, { minLength: 7, maxLength: 7 }).map((rest) => [0x2001, ...rest])
  const hexOf = (groups: readonly number[]) => groups.map((each) => each.toString(16))

  it('of IPv6 is the same in every spelling, and read again stays as it is', () => {
    fc.assert(
      fc.property(ipv6, anyPort, fc.boolean(), fc.constantFrom('', '%eth0'), (groups, port, isQuoted, zone) => {
        const short = hexOf(groups).join(':')
        const [high = 0, low = 0] = groups.slice(6)
        const withIpv4 = `${hexOf(groups.slice(0, 6)).join(':')}:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
        const full = groups.map((each) => each.toString(16).padStart(4, '0')).join(':')
        const one = readAddress(short) ?? ''
        expect(isIP(one)).toBe(6)
        for (const spelling of [one, short, short.toUpperCase(), full, withIpv4]) {
          expect(readAddress(quoted(withPort(`[${spelling}${zone}]`, port), isQuoted))).toBe(one)
          expect(readAddress(`${spelling}${zone}`)).toBe(one)
        }
      }),
    )
  })

  it('of IPv6 is another one when a group differs', () => {
    fc.assert(
      fc.property(ipv6, ipv6, (one, other) => {
        const isSame = String(one) === String(other)
        const [first, second] = [one, other].map((groups) => readAddress(hexOf(groups).join(':')))
        expect(first === second).toBe(isSame)
      }),
    )
  })
})
