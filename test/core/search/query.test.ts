import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { searchQuery, searchTerms } from '../../../server/core/search/query.js'

const KEY = '5KVApqcVbSQWtO3VIRgOhQ'
const SECRET = 'zcCNbwSzCFpvHB2cTgNjVA'
const TOKEN = `gt-${KEY}.${SECRET}`

describe('a search', () => {
  // biome-ignore format: a table reads in columns
  it.each([
    ['a token',                     TOKEN,                                     KEY],
    ['a token with its key alone',  `gt-${KEY}`,                               KEY],
    ['a token that was cut off',    TOKEN.slice(0, -5),                        KEY],
    ['a token that is too long',    `${TOKEN}xyz`,                             KEY],
    ['a token in a header',         `Authorization: Bearer ${TOKEN}`,          KEY],
    ['a token in a line of a log',  `10.0.0.1 - GET /?token=${TOKEN}&a=b 200`, KEY],
    ['a token over two lines',      `gt-${KEY.slice(0, 9)}\n  ${KEY.slice(9)}.${SECRET}`, KEY],
    ['a token in capitals at its beginning', TOKEN.replace('gt', 'Gt'),        KEY],
    ['a key',                       ` ${KEY}\n`,                               KEY],
    ['a name',                      '  Ada   Lovelace ',                       'Ada Lovelace'],
    ['an e-mail address',           'ada@example.org',                         'ada@example.org'],
    ['an address',                  '203.0.113.40',                            '203.0.113.40'],
    ['a JSON Web Token',            'eyJhbGciOiJub25l.eyJzdWIiOiIxIn0x.c2ln',  'eyJ[secret]'],
    ['a token without its first letters', `gt-${KEY.slice(4)}.${SECRET}`,      `gt-${KEY.slice(4)}.[secret]`],
  ])('for %s keeps what may stand in an address', (_what, typed, query) => {
    expect(searchQuery(typed)).toBe(query)
    expect(searchQuery(query)).toBe(query)
  })

  it('never keeps the secret of a token, between any other texts', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (before, after) => {
        expect(searchQuery(`${before}${TOKEN}${after}`)).not.toContain(SECRET)
      }),
    )
  })

  // biome-ignore format: a table reads in columns
  it.each([
    [KEY,             { text: KEY, key: KEY }],
    ['192.0.2.7',     { text: '192.0.2.7', network: '192.0.2.7' }],
    ['192.0.2.0/24',  { text: '192.0.2.0/24', network: '192.0.2.0/24' }],
    ['2001:db8::/32', { text: '2001:db8::/32', network: '2001:db8::/32' }],
    ['ada',           { text: 'ada' }],
  ])('for %s looks for what it can name', (query, terms) => {
    expect(searchTerms(query)).toEqual(terms)
  })
})
