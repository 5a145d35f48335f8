import { describe, expect, it } from '@jest/globals'
import { hasValidMac, RANDOM_BYTES, withMac } from '../../../server/core/token/key-mac.js'

const KEY = Buffer.alloc(32, 1)
const OLD = Buffer.alloc(32, 2)
const NAME = Buffer.from('abcdefghijkl')

describe('the MAC of a key', () => {
  it('follows the random bytes, of which it takes twelve', () => {
    const bytes = withMac(KEY, 'token', Buffer.concat([NAME, Buffer.from('more')]))
    expect(bytes).toHaveLength(16)
    expect(bytes.subarray(0, RANDOM_BYTES)).toEqual(NAME)
    expect(bytes).toEqual(withMac(KEY, 'token', NAME))
  })

  it('counts under every key of the site, the replaced ones too', () => {
    const bytes = withMac(OLD, 'token', NAME)
    expect(hasValidMac([KEY, OLD], 'token', bytes)).toBe(true)
    expect(hasValidMac([KEY], 'token', bytes)).toBe(false)
    expect(hasValidMac([], 'token', bytes)).toBe(false)
  })

  it('holds for one purpose', () => {
    expect(hasValidMac([KEY], 'delegated', withMac(KEY, 'token', NAME))).toBe(false)
  })

  it('breaks with every changed byte', () => {
    const bytes = withMac(KEY, 'token', NAME)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(hasValidMac([KEY], 'token', changed)).toBe(false)
    }
  })

  it.each([0, 12, 15, 17, 32])('is on 16 bytes, and not on %d', (length) => {
    const bytes = withMac(KEY, 'token', NAME)
    expect(hasValidMac([KEY], 'token', Buffer.concat([bytes, bytes]).subarray(0, length))).toBe(false)
  })
})
