import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Language } from './reader.js'

/** Messages in ICU MessageFormat by key: `tokens.list.heading`. */
export type Messages = ReadonlyMap<string, string>

// The same folder from server/words and from dist/words.
const FOLDER = fileURLToPath(new URL('../../views/words/', import.meta.url))

const loaded = new Map<Language, Messages>()

/** Reads the messages of a language, once. */
export function messagesOf(language: Language): Messages {
  const known = loaded.get(language)
  if (known) return known
  const messages: Messages = new Map(flat(JSON.parse(readFileSync(`${FOLDER}${language}.json`, 'utf8')), ''))
  loaded.set(language, messages)
  return messages
}

function flat(tree: unknown, path: string): [string, string][] {
  if (typeof tree === 'string') return [[path, tree]]
  if (typeof tree !== 'object' || tree === null) throw new Error(`views/words: ${path} is no text`)
  return Object.entries(tree).flatMap(([key, below]) => flat(below, path === '' ? key : `${path}.${key}`))
}
