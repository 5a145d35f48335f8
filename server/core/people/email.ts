const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u
const MAX_EMAIL_LENGTH = 254

/**
 * An e-mail address in the one form in which addresses are kept and compared; undefined for what is none.
 *
 * Only the letters A to Z are made small. Unicode's rules would turn the Kelvin sign into a k: whoever has the address
 * with that sign in it would then be let in as the one whose address has the letter.
 */
export function normalEmail(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > MAX_EMAIL_LENGTH || !EMAIL.test(trimmed)) return undefined
  return trimmed.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
