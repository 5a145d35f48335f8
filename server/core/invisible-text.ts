/**
 * Matches a character that shows nothing: white space, control and format characters, and those that Unicode lets a font
 * leave out. The Braille blank is a symbol to Unicode and shows nothing, either.
 */
const INVISIBLE = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]$/u

/** Removes the invisible characters around a text, which are copied along with it unseen. */
export function trimInvisible(text: string): string {
  // By character: an expression for the end of a text tries every run of spaces in it, and takes seconds for a long one.
  const characters = [...text]
  const first = characters.findIndex(isVisible)
  if (first < 0) return ''
  return characters.slice(first, characters.findLastIndex(isVisible) + 1).join('')
}

function isVisible(character: string): boolean {
  return !INVISIBLE.test(character)
}
