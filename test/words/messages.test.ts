import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { messagesOf } from '../../server/words/load.js'
import { LANGUAGES } from '../../server/words/reader.js'
import { namesIn } from './support/names-in.js'

const filesBelow = (folder: string, ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.includes('generated'))
    .map((name) => path.join(folder, name))

const sources = [...filesBelow('server', '.ts'), ...filesBelow('views', '.ejs')].map((file) => ({
  file,
  text: readFileSync(file, 'utf8'),
}))

const english = messagesOf('en')

/** Calls that take a key: `t('a.b')`, `words.text('a.b')`. */
const LITERAL = /\b(?:t|rich|text|prose|has)\(\s*'([a-z][\w-]*(?:\.[\w-]+)+)'/g
/** Any text that could be a key, such as one of a choice or a table. */
const QUOTED = /'([a-z][\w-]*(?:\.[\w-]+)+)'/g
/** As above, where the end of the key is computed: `` t(`a.${b}`) ``. */
const COMPUTED = /\b(?:t|rich|text|prose|has)\(\s*`([a-z][\w.-]*\.)\$\{/g

const literal = new Set(sources.flatMap(({ text }) => [...text.matchAll(LITERAL)].map((found) => String(found[1]))))
const quoted = new Set(sources.flatMap(({ text }) => [...text.matchAll(QUOTED)].map((found) => String(found[1]))))
const prefixes = new Set(sources.flatMap(({ text }) => [...text.matchAll(COMPUTED)].map((found) => String(found[1]))))

describe('the messages', () => {
  it.each(LANGUAGES)('of %s have the keys of English, and no other', (language) => {
    expect([...messagesOf(language).keys()].sort()).toEqual([...english.keys()].sort())
  })

  it.each(LANGUAGES)('of %s have the placeholders and tags of English', (language) => {
    const others = [...messagesOf(language)].filter(([key, message]) => {
      const expected = english.get(key)
      return expected !== undefined && namesIn(message, language).join() !== namesIn(expected, 'en').join()
    })
    expect(others).toEqual([])
  })

  it('are there for each key that the code names', () => {
    expect([...literal].filter((key) => !english.has(key))).toEqual([])
    expect([...prefixes].filter((prefix) => ![...english.keys()].some((key) => key.startsWith(prefix)))).toEqual([])
  })

  it('are all used', () => {
    const used = (key: string) => quoted.has(key) || [...prefixes].some((prefix) => key.startsWith(prefix))
    expect([...english.keys()].filter((key) => !used(key))).toEqual([])
  })

  it.each(['es', 'fr', 'de', 'ja'] as const)('of %s are translated', (language) => {
    const long = [...messagesOf(language)].filter(
      ([key, message]) => message === english.get(key) && /\w \w+ \w/.test(message),
    )
    expect(long.map(([key]) => key)).toEqual([])
  })
})

describe('English', () => {
  it('says can, your and expires, and names who it means', () => {
    const ODD =
      /\b(?:whoever|whatever|whom|somebody|nobody|anybody|everybody|told of|let in|until when)\b|\bmay\b(?! \d)/i
    expect([...english].filter(([, message]) => ODD.test(message))).toEqual([])
  })
})

/** Placeholders that stand for a number in every message; the units of a duration are no placeholders. */
const BARE_NUMBER = /(?<!day |other )\{(?:count|days|found|limit|most|requests|seconds|total|used)\}/

it.each(LANGUAGES)('no number in %s is without the separators of the language', (language) => {
  expect([...messagesOf(language)].filter(([, message]) => BARE_NUMBER.test(message))).toEqual([])
})
