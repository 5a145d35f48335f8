/**
 * The characters that show nothing: white space, control and format characters, and those that Unicode lets a font leave out.
 * The Braille blank is a symbol to Unicode and shows nothing, either.
 */
const INVISIBLE = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]$/u

/** Control characters within the brackets of a pattern, for readers of a document, some of which know no `\p`. */
export const CONTROLS = '\\x00-\\x1F\\x7F-\\x9F'

/** {@link INVISIBLE} within the brackets of a pattern, up to U+FFFF: for those beyond, readers have no spelling in common. */
export const INVISIBLES = [
  CONTROLS,
  '\\s\\xA0\\xAD\\u034F\\u0600-\\u0605\\u061C\\u06DD\\u070F\\u0890-\\u0891\\u08E2\\u115F-\\u1160\\u1680\\u17B4-\\u17B5\\u180B-\\u180F',
  '\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB',
].join('')

/** Removes the invisible characters around a text, which are copied along with it unseen. */
export function trimInvisible(text: string): string {
  // By character: an expression for the end of a text tries every run of spaces in it, and takes seconds for a long one.
  const characters = [...text]
  const first = characters.findIndex(isVisible)
  if (first < 0) return ''
  return characters.slice(first, characters.findLastIndex(isVisible) + 1).join('')
}

/** Returns whether one character shows. Those that Unicode has not assigned do: as a box here, and as themselves in the next version. */
export function isVisible(character: string): boolean {
  return !INVISIBLE.test(character)
}
