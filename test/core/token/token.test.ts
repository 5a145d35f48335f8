import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../../server/core/access/refusal.js'
import { Secret } from '../../../server/core/token/secret.js'
import {
  containsToken,
  digestOfBytes,
  formatToken,
  hashSecret,
  homeOf,
  isIssuedHere,
  mintToken,
  parseToken,
  secretMatches,
  type Token,
  type TokenKey,
} from '../../../server/core/token/token.js'

const FORM = /^gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/
const KEY = 'NVulqbDMAQUPhQq3NXeqVg'
const SEAL = new Uint8Array(32).fill(9)
const SECRET = '5MbMYS_0mWcoKPWHoBchSA'

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))
const homes = fc.constantFrom('postgres', 'redis')

describe('a minted token', () => {
  it('reads back as itself, from either home and any randomness', () => {
    fc.assert(
      fc.property(homes, bytes16, bytes16, (home, key, secret) => {
        const chance = [key, secret]
        const token = mintToken(home, () => chance.shift() as Buffer, SEAL)
        const text = formatToken(token)
        expect(text).toMatch(FORM)
        const read = parseToken(text) as Token
        expect(read.key).toBe(token.key)
        expect(read.secret.reveal()).toBe(token.secret.reveal())
        expect(homeOf(read.key)).toBe(home)
      }),
    )
  })

  it('keeps all 96 bits of chance in its key, whichever home it has, and the seal after them', () => {
    fc.assert(
      fc.property(homes, bytes16, (home, chance) => {
        const token = mintToken(home, () => chance, SEAL)
        expect(Buffer.from(token.key, 'base64url').subarray(0, 12)).toEqual(chance.subarray(0, 12))
        expect(isIssuedHere([new Uint8Array(32), SEAL], token.key)).toBe(true)
      }),
    )
  })

  it('is known from one that was made up, or sealed for the other store, or by another site', () => {
    const { key } = mintToken('postgres', randomBytes, SEAL)
    const moved = `${key.slice(0, -1)}${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[key.slice(-1)]}` as TokenKey
    expect(homeOf(moved)).toBe('redis')
    const madeUp = Array.from({ length: 1000 }, () => randomBytes(16).toString('base64url') as TokenKey)
    expect([moved, ...madeUp].filter((each) => isIssuedHere([SEAL], each))).toEqual([])
    expect(isIssuedHere([new Uint8Array(32)], key)).toBe(false)
  })

  it('is never minted twice', () => {
    const keys = Array.from({ length: 1000 }, () => formatToken(mintToken('postgres', randomBytes, SEAL)))
    expect(new Set(keys).size).toBe(1000)
  })
})

describe('a text that is no token', () => {
  it.each([
    ['', 'Token does not start with gt-'],
    ['.', 'Token does not start with gt-'],
    [`${KEY}.${SECRET}`, 'Token does not start with gt-'],
    [`gt${KEY}.${SECRET}`, 'Token does not start with gt-'],
    [`GT-${KEY}.${SECRET}`, 'Token does not start with gt-'],
    [` gt-${KEY}.${SECRET}`, 'Token does not start with gt-'],
    ['gt-', 'Token is malformed'],
    ['gt-.', 'Token is malformed'],
    ['gt-NOT.VALID', 'Token is malformed'],
    [`gt-${KEY}`, 'Token is malformed'],
    [`gt-${KEY}.`, 'Token is malformed'],
    [`gt-.${SECRET}`, 'Token is malformed'],
    [`gt-${KEY}.${SECRET}.${SECRET}`, 'Token is malformed'],
    [`gt-${KEY}.${SECRET} `, 'Token is malformed'],
    [`gt-${KEY}.${SECRET}=`, 'Token is malformed'],
    [`gt-${KEY.slice(1)}.${SECRET}`, 'Token is malformed'],
    [`gt-${KEY.slice(1)}\u0000.${SECRET}`, 'Token is malformed'],
    [`gt-${KEY.slice(1)}+.${SECRET}`, 'Token is malformed'],
  ])('is refused with the reason: %j', (text, reason) => {
    expect(parseToken(text)).toEqual(new Refusal('invalid_token', reason))
  })

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseToken(text)))
    fc.assert(fc.property(fc.string(), (text) => void parseToken(`gt-${text}`)))
  })
})

describe('the secret of a token', () => {
  const token = parseToken(`gt-${KEY}.${SECRET}`) as Token

  it('matches its own hash and no other', () => {
    const digest = digestOfBytes(hashSecret(token.secret))
    expect(secretMatches(token.secret, digest)).toBe(true)
    expect(secretMatches(new Secret(KEY), digest)).toBe(false)
    for (const length of [0, 31, 33]) {
      expect(secretMatches(token.secret, digestOfBytes(Buffer.concat([hashSecret(token.secret)], length)))).toBe(false)
    }
    for (let at = 0; at < 32; at++) {
      const other = Buffer.from(hashSecret(token.secret))
      other.writeUInt8((other.readUInt8(at) + 128) % 256, at)
      expect(secretMatches(token.secret, digestOfBytes(other))).toBe(false)
    }
  })

  it('is printed by nothing that prints', () => {
    const printed = [`${token.secret}`, JSON.stringify(token), inspect(token, { depth: 9 }), String(token.secret)]
    for (const text of printed) expect(text).not.toContain(SECRET)
    expect(JSON.parse(JSON.stringify(token))).toEqual({ key: KEY, secret: '[secret]' })
  })
})

it('a token is found wherever it hides in a text', () => {
  expect(containsToken(`x gt-${KEY}.${SECRET} y`)).toBe(true)
  expect(containsToken(`gt-${KEY}`)).toBe(false)
})
