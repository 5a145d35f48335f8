import { INVISIBLES, isVisible } from '../invisible-text.js'
import { lowerAscii } from '../lower-ascii.js'

const EMAIL = /^[^@\p{Cs}]+@[^@\p{Cs}]+$/u
export const MAX_EMAIL_LENGTH = 254

/** The texts that {@link isEmail} takes, for readers of a document. */
export const EMAIL_PATTERN = `^[^@${INVISIBLES}]+@[^@${INVISIBLES}]+$`

/** The texts that {@link normalEmail} takes, but for kinds of white space that few have around an address. */
export const UNTRIMMED_EMAIL_PATTERN = `^[\\t-\\r ]*[^@${INVISIBLES}]+@[^@${INVISIBLES}]+[\\t-\\r ]*$`

/** Returns whether a text is an e-mail address: one @, no white space, no control or invisible character, 254 characters at most. */
export function isEmail(text: string): boolean {
  return [...text].length <= MAX_EMAIL_LENGTH && EMAIL.test(text) && [...text].every(isVisible)
}

/** Normalizes an e-mail address for storage and comparison by {@link lowerAscii}; undefined for a text that is none. */
export function normalEmail(text: string): string | undefined {
  const trimmed = text.trim()
  return isEmail(trimmed) ? lowerAscii(trimmed) : undefined
}
