import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { READER_COOKIE } from '../../core/access/cookie-names.js'
import { DEFAULT_READER, isLanguage, LANGUAGES, type Reader, readPreferences } from '../../words/reader.js'
import { type Words, wordsFor } from '../../words/words.js'

/** Returns the reader of a request: what its user chose, or the best of our languages that the browser accepts. */
export function readerOf(request: Request): Reader {
  const chosen = readPreferences(parseCookie(request.headers.cookie ?? '')[READER_COOKIE] ?? '')
  if (chosen.language !== undefined) return { ...chosen, language: chosen.language }
  const language = request.acceptsLanguages(...LANGUAGES)
  return { ...DEFAULT_READER, ...chosen, ...(isLanguage(language) && { language }) }
}

/** The words of requests that are being answered: controllers and views ask for them more than once. */
const known = new WeakMap<Request, Words>()

/** Returns the words in which a response is written. */
export function wordsOf({ req: request }: Response): Words {
  const ready = known.get(request)
  if (ready) return ready
  const words = wordsFor(readerOf(request))
  known.set(request, words)
  return words
}
