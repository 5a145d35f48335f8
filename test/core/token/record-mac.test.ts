import { describe, expect, it } from '@jest/globals'
import { verifiedRecord, withRecordMac } from '../../../server/core/token/record-mac.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const KEY = 'AAAAAAAAAAAAAAAAAAAAAB' as TokenKey
const OTHER = 'CCCCCCCCCCCCCCCCCCCCCB' as TokenKey
const RECORD = '{"type":"session","username":"ada","scopes":["read:tap"]}'

describe('a record with its MAC', () => {
  const text = withRecordMac(OLD, KEY, RECORD)

  it('is JSON that the previous release reads, and is returned as it was', () => {
    expect(JSON.parse(text)).toMatchObject({ type: 'session', username: 'ada' })
    expect(verifiedRecord([OLD], KEY, text)).toBe(RECORD)
  })

  it('is verified by each configured secret, and by no other', () => {
    expect(verifiedRecord([NEW, OLD], KEY, text)).toBe(RECORD)
    expect(verifiedRecord([NEW], KEY, text)).toBeUndefined()
  })

  const forgeries: readonly (readonly [what: string, key: TokenKey, text: string])[] = [
    ['under another key', OTHER, text],
    ['with other scopes', KEY, text.replace('read:tap', 'admin:token')],
    ['with a member added', KEY, text.replace(/}$/, ',"granted":true}')],
    ['with a second MAC inside', KEY, text.replace(',"type"', ',"mac":"x","type"')],
    ['without a MAC', KEY, RECORD],
    ['with an empty MAC', KEY, text.replace(/"mac":"[^"]*"/, '"mac":""')],
    ['with a MAC of the wrong length', KEY, text.replace('"mac":"', '"mac":"A')],
    ['with the MAC of another record', KEY, withRecordMac(OLD, OTHER, RECORD)],
  ]
  for (const [what, key, forged] of forgeries)
    it(`is refused ${what}`, () => expect(verifiedRecord([OLD], key, forged)).toBeUndefined())
})
