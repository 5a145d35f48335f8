import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../server/core/access/refusal.js'
import { parsePastedToken, resemblesToken } from '../../server/core/pasted-token.js'
import type { Token } from '../../server/core/token/token.js'

const KEY = 'NVulqbDMAQUPhQq3NXeqVg'
const SECRET = '5MbMYS_0mWcoKPWHoBchSA'
const TOKEN = `gt-${KEY}.${SECRET}`
const INVISIBLE = [
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u00A0',
  '\u200B',
  '\u2060',
  '\uFEFF',
  '\u00AD',
  '\u202E',
  '\u2800',
  '\uFFFD',
]

const said = (text: string) => {
  const parsed = parsePastedToken(text)
  return parsed instanceof Refusal ? parsed.message : 'a token'
}

describe('a token that was pasted', () => {
  it('is the token, with any white space and invisible characters around it', () => {
    const around = fc.array(fc.constantFrom(...INVISIBLE), { maxLength: 5 }).map((each) => each.join(''))
    fc.assert(
      fc.property(around, around, (before, after) => {
        const parsed = parsePastedToken(`${before}${TOKEN}${after}`) as Token
        expect([parsed.key, parsed.secret.reveal()]).toEqual([KEY, SECRET])
      }),
    )
  })

  it.each([
    [TOKEN.slice(0, -1), 'Token is malformed: 1 of its 48 characters is missing'],
    [` ${TOKEN.slice(0, -1)}\u200B`, 'Token is malformed: 1 of its 48 characters is missing'],
    [`gt-${KEY}`, 'Token is malformed: 23 of its 48 characters are missing'],
    ['gt-', 'Token is malformed: 45 of its 48 characters are missing'],
    [`"${TOKEN}"`, 'Token is malformed: quotation marks stand around it'],
    [`${TOKEN}’`, 'Token is malformed: quotation marks stand around it'],
    [`Bearer ${TOKEN}`, 'Token is malformed: other text stands around it'],
    [`${TOKEN}=`, 'Token is malformed: other text stands around it'],
    [`${TOKEN}${TOKEN}`, 'Token is malformed: other text stands around it'],
    [`G${TOKEN.slice(1)}`, 'Token is malformed: a token starts with gt- in small letters'],
    [`Bearer gt-${KEY}`, 'Token is malformed: a token starts with gt-'],
    [`gt-${KEY}. ${SECRET}`, 'Token is malformed: white space stands in it'],
    [`gt-${KEY}…${SECRET}`, 'Token is malformed: it has a character that no token has'],
    [`gt-${KEY}${SECRET}${SECRET}`, 'Token is malformed: it is longer than the 48 characters of a token'],
    [`gt-${KEY.slice(1)}.${SECRET}A`, 'Token is malformed: it is not the text that was shown'],
    ['secret', 'Token does not start with gt-'],
    ['', 'Token does not start with gt-'],
  ])('and is none is refused with what is wrong: %j', (text, message) => {
    expect(said(text)).toBe(message)
  })

  it('with any one of its characters missing, or with another in its place, is never taken for one that is whole', () => {
    const at = fc.integer({ min: 0, max: TOKEN.length - 1 })
    fc.assert(
      fc.property(at, fc.constantFrom('', ' ', '"', '\u200B', '+', '/'), (index, instead) => {
        const parsed = said(`${TOKEN.slice(0, index)}${instead}${TOKEN.slice(index + 1)}`)
        // A last character that is invisible is one that is missing.
        expect(parsed).not.toBe('a token')
      }),
    )
  })

  it('is told what is wrong in words alone, which no proxy has to escape, and without a piece of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (before, after) => {
        expect(said(`${before} gt-${after}`)).toMatch(/^a token$|^Token is malformed: [A-Za-z0-9 -]+$/)
      }),
    )
  })

  it('is found out in a time that grows with its length alone', () => {
    for (let count = 0; count < 50; count++) said(`gt-${' '.repeat(60_000 + count)}x`)
  })
})

it.each([
  [TOKEN, true],
  [`x${TOKEN}`, true],
  ['gt-', true],
  ['GT-1', true],
  ['"gt-', true],
  ['\u200Bgt-', true],
  ['x-oauth-basic', false],
  ['foo', false],
  ['weight-1', false],
  ['bgt-1', false],
  ['eyJhbGciOiJIUzI1NiJ9.gt-x.y', false],
])('%j was meant to be a token: %s', (text, meant) => {
  expect(resemblesToken(text)).toBe(meant)
})
