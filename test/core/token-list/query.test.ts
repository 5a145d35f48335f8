import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Scope } from '../../../server/core/token/scope.js'
import { homeOf, type TokenKey } from '../../../server/core/token/token.js'
import { FILTERS } from '../../../server/core/token-list/filters.js'
import { oneLine } from '../../../server/core/token-list/one-line.js'
import { SORTS } from '../../../server/core/token-list/order.js'
import { listAddress, listParameters, readListQuery } from '../../../server/core/token-list/query.js'
import { matches, searchText } from '../../../server/core/token-list/search.js'
import { MOST_SELECTED, selectedKeys } from '../../../server/core/token-list/selection.js'
import { listed } from './support.js'

const KEY = 'pZ_tzpqpLnNmAbCdEfGhIA' as TokenKey
const SECRET = '0123456789abcdefghijkA'

describe('the address of a list', () => {
  it('is read as it was written', () => {
    const typed = fc.string({ unit: 'grapheme', maxLength: 150 })
    const show = fc.constantFrom(undefined, 'ended', ...FILTERS)
    fc.assert(
      fc.property(typed, show, fc.constantFrom(...SORTS), (q, shown, sort) => {
        const query = readListQuery({ q, show: shown, sort })
        expect(readListQuery(Object.fromEntries(listParameters(query)))).toEqual(query)
      }),
    )
  })

  it.each([{}, { q: ['a', 'b'], show: { x: 'ended' }, sort: 7 }, { show: 'constructor', sort: '__proto__' }])(
    'without meaning is the whole list: %j',
    (parameters) => expect(readListQuery(parameters)).toEqual({ search: '', sort: 'default' }),
  )

  it('says nothing that is the default', () => {
    expect(listAddress('/auth/tokens', { search: '', sort: 'default' })).toBe('/auth/tokens')
    expect(listAddress('/auth/tokens', { search: 'read tap', sort: 'name', show: 'ended' })).toBe(
      '/auth/tokens?q=read+tap&show=ended&sort=name',
    )
  })
})

describe('a search', () => {
  it('never has a secret in it, however a token was caught', () => {
    const around = fc.string({ maxLength: 20 })
    fc.assert(
      fc.property(around, around, fc.nat({ max: 22 }), (before, after, caught) => {
        const text = searchText(`${before}gt-${KEY}.${SECRET.slice(0, caught)} ${after}`)
        expect(text).not.toContain(`${KEY}.`)
        expect(caught > 3 && text.includes(SECRET.slice(0, caught))).toBe(false)
        expect(text).toContain(KEY)
      }),
    )
    expect(searchText(`gt-gt-${KEY}.${SECRET}.${SECRET}`)).not.toContain(SECRET)
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['',                true],
    ['TOPCAT',          true],
    ['pcat read:im',    true],
    ['pZ_tz',           true],
    ['topcat read:tap', false],
    ['desktop',         false],
  ])('%j is in the name, the key or a scope, each of its words: %j', (text, found) => {
    const token = listed({ key: KEY, name: 'topcat-laptop', scopes: ['read:image' as Scope] })
    expect(matches(token, text)).toBe(found)
  })
})

describe('the permissions of a row', () => {
  it('are shown or counted, each of them once, and one is always shown', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat({ max: 80 }), (texts, room) => {
        const { shown, rest } = oneLine(texts, room)
        expect([...shown, ...rest]).toEqual(texts)
        expect(shown.length > 0 || texts.length === 0).toBe(true)
        const width = shown.reduce((sum, text) => sum + text.length + 2, 0)
        expect(shown.length <= 1 || width <= room).toBe(true)
      }),
    )
  })

  it('are as many as there is room for', () => {
    const { shown, rest } = oneLine(['read:image', 'read:tap', 'write:files', 'exec:portal'])
    expect([shown, rest]).toEqual([
      ['read:image', 'read:tap'],
      ['write:files', 'exec:portal'],
    ])
  })
})

describe('a selection', () => {
  const other = `${KEY.slice(0, 21)}Q`

  it('is one key or more, each once', () => {
    expect(selectedKeys(undefined)).toEqual([])
    expect(selectedKeys(KEY)).toEqual([KEY])
    expect(selectedKeys([KEY, other, KEY])).toEqual([KEY, other])
  })

  it('with anything else in it is none at all', () => {
    const session = `${KEY.slice(0, 21)}B`
    expect(homeOf(session as TokenKey)).toBe('redis')
    for (const wrong of [session, '', `gt-${KEY}.${SECRET}`, { key: KEY }, 7])
      expect(selectedKeys([KEY, wrong])).toBeUndefined()
  })

  it('of more than a page is none at all', () => {
    const many = Array.from({ length: MOST_SELECTED + 1 }, (_, index) => `${String(index).padStart(21, '0')}A`)
    expect(selectedKeys(many)).toBeUndefined()
    expect(selectedKeys(many.slice(1))).toHaveLength(MOST_SELECTED)
  })
})
