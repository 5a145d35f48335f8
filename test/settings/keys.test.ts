import { describe, expect, it } from '@jest/globals'
import { Secret } from '../../server/core/token/secret.js'
import { deriveKeys } from '../../server/settings/keys.js'

describe('the derived keys', () => {
  it('differ by purpose and by secret, and are the same at every start', () => {
    const [a, b] = [new Secret('a'.repeat(32)), new Secret('b'.repeat(32))]
    const keys = deriveKeys([a, b])
    const all = [...keys.csrf, ...keys.cookies, ...keys.delegation].map((key) => Buffer.from(key).toString('hex'))
    expect(new Set(all).size).toBe(6)
    expect(deriveKeys([a, b])).toEqual(keys)
    expect(deriveKeys([b, a]).csrf[1]).toEqual(keys.csrf[0])
  })
})
