import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { addressReader, MAX_ADDRESSES } from '../../server/authn/client-address.js'

let parsed = 0

/** A request that counts how often its forwarding header is parsed, which a cached address does without. */
function requestFrom(peer: string, forwarded: string): IncomingMessage {
  const socket = { remoteAddress: peer }
  const headers = {
    get 'x-forwarded-for'() {
      parsed++
      return forwarded
    },
  }
  return { socket, connection: socket, headers } as unknown as IncomingMessage
}

describe('the client address', () => {
  it.each([
    ['192.0.2.7', '198.51.100.1', '192.0.2.7'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', 'forged, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1, 127.0.0.1', '198.51.100.1'],
    ['127.0.0.1', 'forged', undefined],
    ['127.0.0.1', 'fe80::1%eth0', 'fe80::1'],
    ['::ffff:127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1:4711, 127.0.0.1:443', '198.51.100.1'],
    ['127.0.0.1', '"[2001:DB8::5]:4711", "127.0.0.1:443"', '2001:db8::5'],
    ['127.0.0.1', '198.51.100.1, 0x7f000001', undefined],
    ['127.0.0.1', '198.51.100.1, 127.1', undefined],
    ['::ffff:192.0.2.7', '198.51.100.1', '192.0.2.7'],
  ])('of peer %s, forwarded for %s, is %s', (peer, forwarded, address) => {
    const read = addressReader(['127.0.0.1/32'])
    for (let times = 0; times < 2; times++) expect(read(requestFrom(peer, forwarded), forwarded)).toBe(address)
  })

  it('is the first of the header where every address is trusted', () => {
    const read = addressReader(['0.0.0.0/0', '64:ff9b::10.0.0.0/104'])
    expect(read(requestFrom('127.0.0.1', '198.51.100.1:80, 192.0.2.1, 64:ff9b::10.1.2.3'))).toBe('198.51.100.1')
  })

  it('of the client that sends most requests stays cached while more new ones come than the cache holds', () => {
    const read = addressReader(['127.0.0.1/32'])
    const from = (address: string) => {
      parsed = 0
      read(requestFrom('127.0.0.1', address), address)
      return parsed > 0
    }
    expect(from('198.51.100.1')).toBe(true)
    const missed = Array.from({ length: 2 * MAX_ADDRESSES }, (_, at) => {
      expect(from(`2001:db8::${at.toString(16)}`)).toBe(true)
      return from('198.51.100.1')
    })
    expect(missed.filter(Boolean)).toEqual([])
  })
  it('of a header of kilobytes is read each time, and not cached', () => {
    const read = addressReader(['127.0.0.1/32'])
    const long = `${'x'.repeat(8_000)}, 198.51.100.1`
    parsed = 0
    for (const header of [long, long, '198.51.100.2', '198.51.100.2'])
      expect(read(requestFrom('127.0.0.1', header), header)).toMatch(/^198\.51\.100\./)
    const once = parsed / 3
    parsed = 0
    read(requestFrom('127.0.0.1', '198.51.100.3'), '198.51.100.3')
    expect(parsed).toBe(once)
  })
})
