import { IntlMessageFormat } from 'intl-messageformat'
import type { EpochSeconds } from '../core/time.js'
import { type Moment, momentsFor } from './dates.js'
import { compiled, type Given, isTarget, type Parts } from './fill-in.js'
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

type Compiled = string | ((given: Given) => Parts)

/** Compiled at their first use; those without a placeholder or a tag are the text itself. */
const known = new Map<Language, Map<string, Compiled>>()

/** Returns the words for a reader. */
export function wordsFor(reader: Reader): Words {
  const { language } = reader
  const text: Words['text'] = (key, values = {}) => {
    const message = messageOf(language, key)
    return typeof message === 'string' ? message : message(values).join('')
  }
  let moments: ReturnType<typeof momentsFor> | undefined
  return {
    reader,
    text,
    prose: (key, values = {}) => {
      const message = messageOf(language, key)
      if (typeof message === 'string') return [message]
      const parts = message(values)
      return isFlat(parts) ? parts : parts.flat()
    },
    has: (key) => messagesOf(language).has(key),
    list: (items, word = 'and') => joined(items, lists[word](language)),
    number: (value) => numbers(language).format(value),
    moment: (at, now) => {
      moments ??= momentsFor(reader, { soon: text('time.soon'), now: text('time.now') })
      return moments({ at, now })
    },
  }
}

/** For texts that no user has asked for in a language. */
export const ENGLISH = wordsFor(DEFAULT_READER)

/** @throws Error for a key without a message: a fault of the code, which test/words.test.ts finds */
function messageOf(language: Language, key: string): Compiled {
  const ready = known.get(language)?.get(key)
  return ready ?? compile(language, key)
}

function compile(language: Language, key: string): Compiled {
  const message = messagesOf(language).get(key) ?? messagesOf('en').get(key)
  if (message === undefined) throw new Error(`There is no message ${key} in views/words`)
  const made = /[{<']/.test(message)
    ? compiled(new IntlMessageFormat(message, language).getAst(), rulesOf(language))
    : message
  known.set(language, (known.get(language) ?? new Map<string, Compiled>()).set(key, made))
  return made
}

/** Returns whether no part is prose itself, as in most messages: to flatten an array takes longer than to fill it. */
function isFlat(parts: Parts): parts is Fragment[] {
  return !parts.some((part) => Array.isArray(part))
}

/** Makes the part of a tag: `<b>` is strong, `<c>` code, and one with a target a link. */
function tagged(name: string, value: Given[string] | undefined, within: Parts): Fragment {
  if (value !== undefined && isTarget(value)) return { link: plain(within), href: value.href }
  if (name === 'b') return { strong: plain(within) }
  if (name === 'c') return { code: plain(within) }
  throw new TypeError(`The tag <${name}> of a message leads nowhere`)
}

function plain(parts: Parts): string {
  return parts.map((part) => (typeof part === 'string' ? part : 'link' in part ? part.link : '')).join('')
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

const rulesOf = memoized((language) => ({
  number: new Intl.NumberFormat(language),
  percent: new Intl.NumberFormat(language, { style: 'percent' }),
  plural: new Intl.PluralRules(language),
  tag: tagged,
}))

function joined(items: readonly (string | Prose)[], format: Intl.ListFormat): Prose {
  const [only] = items
  if (only !== undefined && items.length === 1) return typeof only === 'string' ? [only] : only
  const parts = format.formatToParts(items.map((_item, index) => String(index)))
  return parts.flatMap(({ type, value }) => {
    const item = type === 'element' ? items[Number(value)] : value
    return typeof item === 'string' ? [item] : (item ?? [])
  })
}
