import { type Formatters, IntlMessageFormat } from 'intl-messageformat'
import type { EpochSeconds } from '../core/time.js'
import { type Moment, momentFor } from './dates.js'
import { messagesOf } from './load.js'
import type { Fragment, Prose } from './prose.js'
import { DEFAULT_READER, type Language, localeOf, type Reader } from './reader.js'

/** What a placeholder stands for in a text. */
export type Values = Readonly<Record<string, string | number>>

/** What a placeholder or a tag stands for in prose. A tag of that name around a text makes a link of it. */
export type ProseValues = Readonly<Record<string, string | number | Fragment | Prose | LinkTarget>>

interface LinkTarget {
  readonly href: string
}

/** The texts of one language, and the dates of one reader. */
export interface Words {
  readonly reader: Reader
  /** Returns a message with its placeholders filled in. */
  text(key: string, values?: Values): string
  /** Returns a message with markup: `<b>` is strong, `<c>` is code, a tag with a {@link LinkTarget} is a link. */
  prose(key: string, values?: ProseValues): Prose
  /** Whether there is a message of this key. */
  has(key: string): boolean
  /** Joins items: `a`, `a and b`, `a, b and c`; or `a or b`. */
  list(items: readonly (string | Prose)[], word?: 'and' | 'or'): Prose
  /** Formats a number with the language's separators. */
  number(value: number): string
  moment(at: EpochSeconds, now: EpochSeconds): Moment
}

type Compiled = string | IntlMessageFormat
type Markup = (chunks: readonly (string | Fragment)[]) => Fragment

/** Compiled at their first use; those without a placeholder or a tag are the text itself. */
const compiled = new Map<Language, Map<string, Compiled>>()

const MARKUP: Readonly<Record<string, Markup>> = {
  b: (chunks) => ({ strong: plain(chunks) }),
  c: (chunks) => ({ code: plain(chunks) }),
}

/** Returns the words for a reader. */
export function wordsFor(reader: Reader): Words {
  const { language } = reader
  const text: Words['text'] = (key, values) => {
    const message = messageOf(language, key)
    return typeof message === 'string' ? message : String(message.format({ ...values }))
  }
  return {
    reader,
    text,
    prose: (key, values) => {
      const message = messageOf(language, key)
      if (typeof message === 'string') return [message]
      const parts = message.formatToParts<Fragment | Prose | Markup>({ ...MARKUP, ...withLinks(values) })
      return parts.flatMap(({ value }) => (typeof value === 'function' ? [] : value))
    },
    has: (key) => messagesOf(language).has(key),
    list: (items, word = 'and') => joined(items, lists[word](language)),
    number: (value) => numbers(language).format(value),
    moment: (at, now) => momentFor(reader, { soon: text('time.soon'), now: text('time.now') }, { at, now }),
  }
}

/** For texts that no user has asked for in a language. */
export const ENGLISH = wordsFor(DEFAULT_READER)

/** @throws Error for a key without a message: a fault of the code, which test/words.test.ts finds */
function messageOf(language: Language, key: string): Compiled {
  const known = compiled.get(language) ?? new Map<string, Compiled>()
  compiled.set(language, known)
  const ready = known.get(key)
  if (ready !== undefined) return ready
  const message = messagesOf(language).get(key) ?? messagesOf('en').get(key)
  if (message === undefined) throw new Error(`There is no message ${key} in views/words`)
  const made = /[{<']/.test(message)
    ? new IntlMessageFormat(message, language, undefined, { formatters: formattersOf(language) })
    : message
  known.set(key, made)
  return made
}

function withLinks(values: ProseValues = {}): Record<string, string | number | Fragment | Prose | Markup> {
  const entries = Object.entries(values).map(
    ([name, value]) => [name, isTarget(value) ? linkTo(value) : value] as const,
  )
  return Object.fromEntries(entries)
}

function isTarget(value: ProseValues[string]): value is LinkTarget {
  return typeof value === 'object' && 'href' in value && !('link' in value)
}

function linkTo({ href }: LinkTarget): Markup {
  return (chunks) => ({ link: plain(chunks), href })
}

function plain(chunks: readonly (string | Fragment)[]): string {
  return chunks.map((chunk) => (typeof chunk === 'string' ? chunk : 'link' in chunk ? chunk.link : '')).join('')
}

const lists = {
  and: memoized((language) => new Intl.ListFormat(localeOf(language), { type: 'conjunction' })),
  or: memoized((language) => new Intl.ListFormat(localeOf(language), { type: 'disjunction' })),
}
const numbers = memoized((language) => new Intl.NumberFormat(localeOf(language)))

function memoized<T>(make: (language: Language) => T): (language: Language) => T {
  const known = new Map<Language, T>()
  return (language) => {
    const made = known.get(language) ?? make(language)
    known.set(language, made)
    return made
  }
}

/**
 * Formats for messages, of which none names a style. The library's own memory writes all options out as JSON to find one, at each
 * number and plural.
 */
const formattersOf = memoized((language): Formatters => {
  const number = new Intl.NumberFormat(language)
  const [cardinal, ordinal] = [new Intl.PluralRules(language), new Intl.PluralRules(language, { type: 'ordinal' })]
  return {
    getNumberFormat: (_, options) =>
      options ? new Intl.NumberFormat(language, options as Intl.NumberFormatOptions) : number,
    getDateTimeFormat: (_, options) => new Intl.DateTimeFormat(language, options),
    getPluralRules: (_, options) => (options?.type === 'ordinal' ? ordinal : cardinal),
  }
})

function joined(items: readonly (string | Prose)[], format: Intl.ListFormat): Prose {
  const parts = format.formatToParts(items.map((_item, index) => String(index)))
  return parts.flatMap(({ type, value }) => {
    const item = type === 'element' ? items[Number(value)] : value
    return typeof item === 'string' ? [item] : (item ?? [])
  })
}
