import { Secret } from '../core/token/secret.js'
import type { Context } from '../storage/context.js'

/** Crockford's base 32, in which no letter looks like a digit. 16 characters are 80 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Generates a password that is printed and copied by hand. Its user chooses another at the first sign-in. */
export function generatePassword(random: Context['random']): Secret {
  const letters = [...random(16)].map((byte) => ALPHABET[byte % 32])
  return new Secret([0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-'))
}
