import { CONTROLS, INVISIBLES, isVisible } from '../invisible-text.js'
import { containsToken } from '../token/token.js'
import { MAXIMUM_NAME_LENGTH } from './identifiers.js'

/** Control characters and halves of surrogate pairs: no list can show them and PostgreSQL refuses some of them. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}]/u

/** The names that {@link isTokenName} takes, for readers of a document: a visible character, and no control character. */
export const TOKEN_NAME = `^[^${CONTROLS}]*[^${INVISIBLES}][^${CONTROLS}]*$`

/** Emoji that are one picture: joined ones, those with a selector, and flags that are spelt in tags. */
const JOINED = String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic})`
const SELECTED = String.raw`(?<=[\p{Extended_Pictographic}0-9#*])\uFE0F`
const TAGGED = String.raw`(?<=\u{1F3F4}[\u{E0020}-\u{E007F}]*)[\u{E0020}-\u{E007F}]`
/** A non-joiner between letters of Arabic script changes their forms, and the word. */
const SEPARATED = String.raw`(?<=\p{Script=Arabic})\u200C(?=\p{Script=Arabic})`
const MEANT = [JOINED, SELECTED, TAGGED, SEPARATED].join('|')
const INVISIBLE = new RegExp(`(${MEANT})|[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2800]`, 'gu')

/**
 * Returns a token's name as it is stored: two names that look the same are then the same text. Letters with accents have one
 * spelling (NFC), white space is one space, and invisible characters are left out, but for those that make another picture
 * or letter of their neighbours. Direction marks are among them: `abc\u202Egnp.exe` would be read as `abcexe.png`.
 *
 * Letters of several scripts and of several cases stay what they are: the name is its owner's alone, who gains nothing by
 * deceiving themselves. So NFKC, which makes `m2` of `m²`, and the confusables of Unicode TR39 would take more than they give.
 */
export function cleanTokenName(text: string): string {
  if (UNSHOWABLE.test(text)) return text
  const visible = text.replace(INVISIBLE, (_each, meant?: string) => meant ?? '')
  return visible.normalize('NFC').replace(/\s+/g, ' ').trim()
}

/**
 * Any 1 to 64 characters that a list can show: a token is named by a person, for a person. So is a passkey. Not a token itself, which a form
 * that is filled in wrongly would store and show.
 *
 * @param text as {@link cleanTokenName} returns it
 */
export function isTokenName(text: string): boolean {
  return (
    [...text].some(isVisible) &&
    [...text].length <= MAXIMUM_NAME_LENGTH &&
    !UNSHOWABLE.test(text) &&
    !containsToken(text)
  )
}
