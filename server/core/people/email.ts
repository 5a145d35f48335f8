import { lowerAscii } from '../lower-ascii.js'

const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u
const MAX_EMAIL_LENGTH = 254

/** Returns whether a text is an e-mail address: one @, no white space, no control or invisible character, 254 characters at most. */
export function isEmail(text: string): boolean {
  return text.length <= MAX_EMAIL_LENGTH && EMAIL.test(text)
}

/** Normalizes an e-mail address for storage and comparison by {@link lowerAscii}; undefined for a text that is none. */
export function normalEmail(text: string): string | undefined {
  const trimmed = text.trim()
  return isEmail(trimmed) ? lowerAscii(trimmed) : undefined
}
