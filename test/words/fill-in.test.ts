import { expect, it } from '@jest/globals'
import { IntlMessageFormat } from 'intl-messageformat'
import { type Given, isTarget } from '../../server/words/fill-in.js'
import { messagesOf } from '../../server/words/load.js'
import { DEFAULT_READER, LANGUAGES, type Language } from '../../server/words/reader.js'
import { wordsFor } from '../../server/words/words.js'
import { namesIn } from './support/names-in.js'

/** A part as the pages mark it up, so that both ways can be compared. */
type Part = string | object

/** What the library makes of a message, with our tags. */
function byLibrary(message: string, language: Language, given: Given): Part[] {
  const text = (parts: readonly Part[]) => parts.filter((part) => typeof part === 'string').join('')
  const tags = {
    b: (parts: Part[]) => ({ strong: text(parts) }),
    c: (parts: Part[]) => ({ code: text(parts) }),
  }
  const values = Object.entries(given).map(([name, value]) => [
    name,
    isTarget(value) ? (parts: Part[]) => ({ link: text(parts), href: value.href }) : value,
  ])
  const parts = new IntlMessageFormat(message, language).formatToParts<Part>({ ...tags, ...Object.fromEntries(values) })
  return parts.flatMap(({ value }) => (typeof value === 'function' ? [] : value))
}

/** The choices of a message, such as `one`, `=0` or `never`, as values. */
const choicesIn = (message: string): (string | number)[] => [
  ...[...message.matchAll(/([\w-]+) \{/g)].map(([, choice = '']) => choice),
  ...[0, 1, 2, 0.256, 1234567, '', 'A <b>name</b> & “more”'],
]

/** Names of tags in a message, but for ours. */
const linksIn = (message: string) => [...message.matchAll(/<(\w+)>/g)].map(([, name = '']) => name)

it.each(LANGUAGES)('every message of %s is filled in as the library does, whatever is given', (language) => {
  const words = wordsFor({ ...DEFAULT_READER, language })
  const compared = [...messagesOf(language)].flatMap(([key, message]) => {
    const names = namesIn(message, language).filter((name) => name !== 'b' && name !== 'c')
    if (names.length === 0) return []
    const links = linksIn(message)
    return choicesIn(message).map((value) => {
      const of = (name: string) => (links.includes(name) ? { href: '/there' } : value)
      const given = Object.fromEntries(names.map((name) => [name, of(name)]))
      return { key, value, ours: words.prose(key, given), library: byLibrary(message, language, given) }
    })
  })
  expect(compared.filter(({ ours, library }) => JSON.stringify(ours) !== JSON.stringify(library))).toEqual([])
  expect(compared.length).toBeGreaterThan(2_000)
})

it('an instant and other prose stay parts of their own', () => {
  const words = wordsFor(DEFAULT_READER)
  const at = { at: 1, as: 'exact' } as const
  expect(words.prose('tokens.list.ends', { kind: 'at', when: at })).toEqual(['Expires ', at])
  expect(words.prose('tokens.list.ends', { kind: 'at', when: ['a', { code: 'b' }] })).toEqual([
    'Expires ',
    'a',
    { code: 'b' },
  ])
})

it('a message that lacks a value is a fault, not a gap in a sentence', () => {
  expect(() => wordsFor(DEFAULT_READER).text('tokens.list.actionsFor')).toThrow('{name}')
})
