import type { Request, Response } from 'express'
import { DEFAULT_READER, isLanguage, LANGUAGES, type Reader } from '../../words/reader.js'
import { type Words, wordsFor } from '../../words/words.js'

/** Returns the reader of a request: the best of our languages that the browser accepts. */
export function readerOf(request: Request): Reader {
  const language = request.acceptsLanguages(...LANGUAGES)
  return isLanguage(language) ? { ...DEFAULT_READER, language } : DEFAULT_READER
}

/** Returns the words in which a response is written. */
export function wordsOf({ req: request }: Response): Words {
  return wordsFor(readerOf(request))
}
