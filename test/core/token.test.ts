import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Secret } from '../../server/core/secret.js'
import {
  containsToken,
  formatToken,
  hashSecret,
  homeOf,
  mintToken,
  parseToken,
  secretMatches,
  type Token,
} from '../../server/core/token.js'

const FORM = /^gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}$/
const KEY = 'NVulqbDMAQUPhQq3NXeqVg'
const SECRET = '5MbMYS_0mWcoKPWHoBchSA'

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))
const homes = fc.constantFrom('postgres', 'redis')

describe('a minted token', () => {
  it('reads back as itself, from either home and any randomness', () => {
    fc.assert(
      fc.property(homes, bytes16, bytes16, (home, key, secret) => {
        const chance = [key, secret]
        const token = mintToken(home, () => chance.shift() as Buffer)
        const text = formatToken(token)
        expect(text).toMatch(FORM)
        const read = parseToken(text) as Token
        expect(read.key).toBe(token.key)
        expect(read.secret.reveal()).toBe(token.secret.reveal())
        expect(homeOf(read.key)).toBe(home)
      }),
    )
  })

  it('keeps all 128 bits of its key, whichever home it has', () => {
    fc.assert(
      fc.property(homes, bytes16, (home, key) => {
        const token = mintToken(home, () => key)
        expect(Buffer.from(token.key, 'base64url')).toEqual(key)
      }),
    )
  })

  it('is never minted twice', () => {
    const keys = Array.from({ length: 1000 }, () => formatToken(mintToken('postgres', randomBytes)))
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
    expect(parseToken(text)).toBe(reason)
  })

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseToken(text)))
    fc.assert(fc.property(fc.string(), (text) => void parseToken(`gt-${text}`)))
  })
})

describe('the secret of a token', () => {
  const token = parseToken(`gt-${KEY}.${SECRET}`) as Token

  it('matches its own hash and no other', () => {
    expect(secretMatches(token.secret, hashSecret(token.secret))).toBe(true)
    expect(secretMatches(new Secret(KEY), hashSecret(token.secret))).toBe(false)
    expect(secretMatches(token.secret, Buffer.alloc(0))).toBe(false)
    expect(secretMatches(token.secret, Buffer.alloc(31))).toBe(false)
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
