/** A product of RFC 9110 §10.1.5, without its version. */
const PRODUCT = /^[^\s/]{1,24}/

/** Returns the short name of a program that is no browser: the first product of its User-Agent. */
export function programName(userAgent: string): string {
  return PRODUCT.exec(userAgent)?.[0] ?? ''
}
