/**
 * Lowers the letters A to Z of a text that is compared.
 *
 * Attack: Unicode's rules would lower the Kelvin sign to a k, so that its bearer is taken for the owner of the name with the
 * letter.
 */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
