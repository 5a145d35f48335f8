import { Refusal } from './access/refusal.js'
import { trimInvisible } from './invisible-text.js'
import { containsToken, parseToken, type Token, WHOLE_LENGTH } from './token/token.js'

/** Matches `gt-` at the beginning of a word: a text with it was meant to be a token. Telephones begin with a capital. */
const MEANT_AS_TOKEN = /(?<![A-Za-z0-9_.-])gt-/i
const QUOTATION_MARK = /^["'`´‘’“”„«»‹›]|["'`´‘’“”„«»‹›]$/
const FOREIGN = /[^A-Za-z0-9_.-]/

/** Returns whether a text was meant to be a token, be it one or not. */
export function resemblesToken(text: string): boolean {
  return MEANT_AS_TOKEN.test(text) || containsToken(text)
}

/**
 * Parses a token as users paste it. White space and invisible characters around it do not count, nor does a character there
 * that its encoding spoiled.
 *
 * @returns a `Refusal` of a text that is no token, with what is wrong with it, for its owner to correct
 */
export function parsePastedToken(text: string): Token | Refusal {
  const exact = parseToken(text)
  if (!(exact instanceof Refusal) || !resemblesToken(text)) return exact
  const trimmed = trimInvisible(text.replaceAll('\uFFFD', ' '))
  const token = parseToken(trimmed)
  if (!(token instanceof Refusal)) return token
  // Gafaelfawr's words first. The proxies show the rest, which has letters, digits, spaces and hyphens only.
  return new Refusal('invalid_token', `Token is malformed: ${flawOf(trimmed)}`)
}

/** Says what is wrong, without a character of the text: it may be most of a secret. */
function flawOf(text: string): string {
  if (QUOTATION_MARK.test(text)) return 'quotation marks stand around it'
  if (containsToken(text)) return 'other text stands around it'
  if (!text.startsWith('gt-'))
    return /^gt-/i.test(text) ? 'a token starts with gt- in small letters' : 'a token starts with gt-'
  if (/\s/.test(text)) return 'white space stands in it'
  if (FOREIGN.test(text)) return 'it has a character that no token has'
  const missing = WHOLE_LENGTH - text.length
  if (missing === 1) return `1 of its ${WHOLE_LENGTH} characters is missing`
  if (missing > 0) return `${missing} of its ${WHOLE_LENGTH} characters are missing`
  if (missing < 0) return `it is longer than the ${WHOLE_LENGTH} characters of a token`
  return 'it is not the text that was shown'
}
