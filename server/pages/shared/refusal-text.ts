import { REFUSALS, type Refusal } from '../../core/access/refusal.js'
import type { Words } from '../../words/words.js'

/** A refusal in the reader's language: what happened, and what to do. */
export interface RefusalText {
  readonly message: string
  readonly remedy: string
}

/**
 * Translates a refusal. A particular sentence that has no message of its own is shown as it is to readers of English;
 * others get the general sentence of its code.
 *
 * @param provider the title of the identity provider that the refusal is about
 */
export function refusalText(refusal: Refusal, words: Words, provider = 'none'): RefusalText {
  const { code, message, detail } = refusal
  const remedy = words.text(`refusals.${code}.remedy`, { provider })
  if (detail) return { message: words.text(`refusals.${code}.${detail.name}`, detail.values), remedy }
  const isGeneral = message === REFUSALS[code].sentence || words.reader.language !== 'en'
  return { message: isGeneral ? words.text(`refusals.${code}.sentence`, { provider }) : message, remedy }
}
