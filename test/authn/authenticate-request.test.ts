import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { fromAuthorization } from '../../server/authn/authorization-header.js'
import { fromCookie, fromTokenCookies } from '../../server/authn/carriers/cookie.js'
import { Refusal } from '../../server/core/access/refusal.js'
import { foreignToken, hasForeignForm, type ReadForeign } from '../../server/core/token/foreign/foreign-token.js'
import { stripCredentials } from '../../server/ingress/strip-credentials.js'

const KEY = 'NVulqbDMAQUPhQq3NXeqVg'
const TOKEN = `gt-${KEY}.5MbMYS_0mWcoKPWHoBchSA`
const OTHER = `gt-${KEY}.AAAAAAAAAAAAAAAAAAAAAA`
/** A site that takes no other cookies and no tokens of other systems. */
const PLAIN = { tokenCookies: [], foreignTokens: [] }
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

/** What a header means, in one word: the source of the token, the message of the refusal, or "not mine". */
function meaning(header: string | undefined): string {
  const carried = fromAuthorization(header)
  if (carried === undefined) return 'not mine'
  if (carried instanceof Refusal) return `${carried.code}: ${carried.message}`
  expect(carried.token.key).toBe(KEY)
  return carried.source
}

/** Basic with a token, and something about its base64 changed. */
function spelt(change: (encoded: string) => string): string {
  return `Basic ${change(Buffer.from(`x-oauth-basic:${TOKEN}`).toString('base64'))}`
}

describe('an Authorization header', () => {
  it.each([
    [undefined, 'not mine'],
    [`Bearer ${TOKEN}`, 'bearer'],
    [`bearer ${TOKEN}`, 'bearer'],
    [`BEARER    ${TOKEN}  `, 'bearer'],
    [`Bearer\t${TOKEN}`, 'bearer'],
    [`token ${TOKEN}`, 'token'],
    [`Token ${TOKEN}`, 'token'],
    [basic(`${TOKEN}:x-oauth-basic`), 'basic-username'],
    [basic(`${TOKEN}:`), 'basic-username'],
    [basic(`x-oauth-basic:${TOKEN}`), 'basic-password'],
    [basic(`:${TOKEN}`), 'basic-password'],
    [basic(`${TOKEN}:${TOKEN}`), 'basic-username'],
    [basic(`ada:${TOKEN}\n`), 'basic-password'],
    [`BASIC ${Buffer.from(`x-oauth-basic:${TOKEN}`).toString('base64')}`, 'basic-password'],
    [basic(`x-oauth-basic: ${TOKEN}`), 'basic-password'],
    [basic(`x-oauth-basic:\u00A0${TOKEN}\u200B`), 'basic-password'],
    [`Basic ${Buffer.from(`x-oauth-basic:\u00A0${TOKEN}`, 'latin1').toString('base64')}`, 'basic-password'],
    [basic(`${TOKEN} :x-oauth-basic`), 'basic-username'],
    [basic(`ada:"${TOKEN}"`), 'invalid_token: Token is malformed: quotation marks stand around it'],
    [basic(`ada:${TOKEN.slice(0, -1)}`), 'invalid_token: Token is malformed: 1 of its 48 characters is missing'],
    [basic(`${TOKEN.slice(0, -1)}:`), 'invalid_token: Token is malformed: 1 of its 48 characters is missing'],
    [basic(`gt-laptop:${TOKEN}`), 'basic-password'],
    [basic(`${TOKEN}: ${OTHER}`), 'invalid_request: Conflicting tokens in Basic username and password fields'],
    [basic('foo:foo'), 'not mine'],
    [basic('ada:her password'), 'not mine'],
    [basic('ada:pass:word'), 'not mine'],
    [basic(`${TOKEN}:${OTHER}`), 'invalid_request: Conflicting tokens in Basic username and password fields'],
    [basic(TOKEN), 'invalid_request: Invalid Basic auth string: no colon between user and password'],
    [spelt((text) => text.replaceAll('=', '')), 'basic-password'],
    [spelt((text) => `${text}==`), 'basic-password'],
    [spelt((text) => `${text.slice(0, 40)} ${text.slice(40)}`), 'basic-password'],
    [spelt((text) => text.replaceAll('+', '-').replaceAll('/', '_')), 'basic-password'],
    ...['*', ',', '%', '\u00e9', '=', '\0'].map((between): [string, string] => [
      spelt((text) => text.slice(0, 40) + between + text.slice(40)),
      'invalid_request: Invalid Basic auth string: not base64',
    ]),
    [`Basic *${Buffer.from('foo:foo').toString('base64')}`, 'not mine'],
    ['Basic ???', 'invalid_request: Invalid Basic auth string: no colon between user and password'],
    ['', 'not mine'],
    ['   ', 'not mine'],
    ['token', 'not mine'],
    ['token ', 'not mine'],
    ['token None', 'not mine'],
    ['token null', 'not mine'],
    ['Token undefined', 'not mine'],
    ['token none', 'invalid_token: Token does not start with gt-'],
    ['Bearer None', 'invalid_token: Token does not start with gt-'],
    ['Bearer', 'invalid_request: Malformed Authorization header'],
    ['Bearer ', 'invalid_request: Malformed Authorization header'],
    [` Bearer`, 'invalid_request: Malformed Authorization header'],
    [`bearer${TOKEN}`, 'invalid_request: Malformed Authorization header'],
    [TOKEN, 'invalid_request: Malformed Authorization header'],
    ['Bearer secret', 'invalid_token: Token does not start with gt-'],
    ['Bearer gt-', 'invalid_token: Token is malformed: 45 of its 48 characters are missing'],
    [`Bearer "${TOKEN}"`, 'invalid_token: Token is malformed: quotation marks stand around it'],
    [`Bearer ${Buffer.from(`\u200B${TOKEN}\u00A0`).toString('latin1')}`, 'bearer'],
    ['Digest username="ada"', 'invalid_request: Unknown Authorization type Digest'],
    ['constructor x', 'invalid_request: Unknown Authorization type constructor'],
  ])('%j means %s', (header, expected) => {
    expect(meaning(header)).toBe(expected)
  })

  it('never makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void fromAuthorization(text)))
    fc.assert(fc.property(fc.base64String(), (text) => void fromAuthorization(`Basic ${text}`)))
  })
})

describe('a header of sixty thousand spaces', () => {
  // A pattern that tried every way to split the spaces took three seconds for each: fifty did not end within a test.
  it('does not stop the process, however many of them come', () => {
    const headers = Array.from({ length: 50 }, (_, index) => `Bearer a${' '.repeat(60_000 + index)}b`)
    expect(new Set(headers.map(meaning))).toEqual(new Set(['invalid_token: Token does not start with gt-']))
  })
})

describe('what is accepted', () => {
  it('is always taken out of what goes on, however it is written', () => {
    const space = fc.constantFrom(' ', '  ', '\t', ' \t ')
    const scheme = fc.constantFrom('Basic', 'basic', 'Bearer', 'TOKEN', 'token')
    const cut = fc.integer({ min: 0, max: 60 })
    fc.assert(
      fc.property(scheme, space, fc.boolean(), cut, space, (name, gap, first, at, inner) => {
        const pair = first ? `${TOKEN}:x-oauth-basic` : `x-oauth-basic:${TOKEN}`
        const text = name.toLowerCase() === 'basic' ? Buffer.from(pair).toString('base64') : TOKEN
        const line = `${name}${gap}${text.slice(0, at)}${inner}${text.slice(at)}`
        const carried = fromAuthorization(line)
        if (carried === undefined || carried instanceof Refusal) return
        expect(stripCredentials({ authorization: [line] }, PLAIN).authorization).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a token that was not copied whole', () => {
  it.each([
    `Bearer ${TOKEN.slice(0, -1)}`,
    `token "${TOKEN.slice(0, -1)}`,
    basic(`x-oauth-basic:${TOKEN.slice(0, -1)}`),
    basic(`${TOKEN.slice(0, -1)}:`),
  ])('is taken out of what goes on, too: %s', (line) => {
    expect(stripCredentials({ authorization: [line] }, PLAIN).authorization).toEqual([])
  })

  it('is told from what a client sends to the service itself', () => {
    const others = [basic('foo:foo'), 'Bearer eyJhbGciOiJIUzI1NiJ9.gt-x.y', 'Digest username="weight-1"']
    expect(stripCredentials({ authorization: others }, PLAIN).authorization).toEqual(others)
  })
})

describe('a Cookie header', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    [`postern=${TOKEN}`, KEY],
    [`postern="${TOKEN}"`, KEY],
    [`postern=stale; postern=${TOKEN}`, KEY],
    [`a=b; postern=${TOKEN}; c=d`, KEY],
    ['postern=', undefined],
    ['postern=stale', undefined],
    [`xpostern=${TOKEN}`, undefined],
    [`postern2=${TOKEN}`, undefined],
    [`Postern=${TOKEN}`, undefined],
    ['postern=%E0%A4%A', undefined],
    [`__Host-postern=${TOKEN}`, undefined],
  ])('%j holds the token %s', (header, key) => {
    expect(fromCookie(header, 'postern')[0]?.token.key).toBe(key)
  })

  it.each([
    [`__Host-postern=${TOKEN}`, KEY],
    [`a=b;\t__Host-postern=${TOKEN} ;c=d`, KEY],
    ['a plain name, which any host of the domain may plant', undefined, `postern=${TOKEN}`],
    ['a name in other letters, which browsers do not protect', undefined, `__host-postern=${TOKEN}`],
    ['white space that only JavaScript takes for such', undefined, `\u00A0__Host-postern=${TOKEN}`],
    ['a line of its own for another parser', undefined, `a=b\u000B__Host-postern=${TOKEN}`],
    ['a comma for a semicolon', undefined, `a=b,__Host-postern=${TOKEN}`],
    ['a quoted value that ends early for another parser', undefined, `a="b; __Host-postern2=${TOKEN}"`],
  ])('on a site that binds its session to one host: %s', (what, key, header = what) => {
    expect(fromCookie(header, '__Host-postern')[0]?.token.key).toBe(key)
  })
})

describe('the cookies that a service gets', () => {
  it.each([
    ['postern=x; a=1', ['a=1']],
    ['__Host-postern=x; a=1', ['a=1']],
    ['__Host-postern-login=x; a=1; postern-kept=y', ['a=1']],
    ['__HOST-POSTERN=x; \u00A0postern=y; a=1', ['a=1']],
    ['posterns=x; theme-postern=y', ['posterns=x; theme-postern=y']],
  ])('of %j are %j', (cookie, left) => {
    expect(stripCredentials({ cookie: [cookie] }, PLAIN).cookie).toEqual(left)
  })
})

describe('on a site that takes tokens of other systems', () => {
  const FOREIGN = '56a9cf3d0b2e4c7d8f1a2b3c4d5e6f70'
  const read: ReadForeign = (text) => (hasForeignForm(text) ? foreignToken('sha256', text) : undefined)
  const site = { tokenCookies: ['mast_token'], foreignTokens: ['sha256' as const] }

  // biome-ignore format: a table reads in columns
  it.each([
    [`Bearer ${FOREIGN}`,                  'bearer',         []],
    [`token ${FOREIGN}`,                   'token',          []],
    [basic(`x-oauth-basic:${FOREIGN}`),    'basic-password', []],
    [basic(`ada:${FOREIGN}`),              'basic-password', []],
    [basic(`${FOREIGN}:`),                 'basic-username', []],
    [basic(`${FOREIGN}:x-oauth-basic`),    'basic-username', []],
    [`Bearer ${TOKEN}`,                    'ours',           []],
    [basic(`${FOREIGN}:${TOKEN}`),         'ours',           []],
    [basic('ada:her password'),            'not mine',       ['as it is']],
    ['Bearer eyJhbGciOiJub25lIn0.eyJ9.c2', 'Token does not start with gt-', ['as it is']],
    ['Bearer secret',                      'Token does not start with gt-', ['as it is']],
    ['token None',                         'not mine',       ['as it is']],
    [`Bearer gt-${FOREIGN}`,               expect.stringMatching(/^Token is malformed: /), []],
  ])('%s means %s, and a service gets it where no token is in it', (line, meaning, forwarded) => {
    const carried = fromAuthorization(line, read)
    const found = carried instanceof Refusal ? carried.message : carried?.token.key === KEY ? 'ours' : carried?.source
    expect(found ?? 'not mine').toEqual(meaning)
    if (typeof meaning === 'string' && /^b|^token$/.test(meaning))
      expect(carried).toMatchObject({ token: { key: foreignToken('sha256', FOREIGN).key } })
    expect(stripCredentials({ authorization: [line] }, site).authorization).toEqual(forwarded.map(() => line))
  })

  it('the cookies that it configures may have them, and that of a session may not', () => {
    const header = `mast_token=${FOREIGN}; postern=${FOREIGN}`
    expect(fromTokenCookies(header, ['mast_token'], read)).toMatchObject([{ source: 'token-cookie' }])
    expect(fromCookie(header, 'postern')).toEqual([])
  })

  it('and on any other, they mean what other texts do and are forwarded as they are', () => {
    const line = `Bearer ${FOREIGN}`
    expect(fromAuthorization(line)).toMatchObject({ message: 'Token does not start with gt-' })
    expect(fromAuthorization(basic(`ada:${FOREIGN}`))).toBeUndefined()
    expect(fromTokenCookies(`mast_token=${FOREIGN}`, ['mast_token'])).toEqual([])
    expect(stripCredentials({ authorization: [line] }, PLAIN).authorization).toEqual([line])
  })
})
