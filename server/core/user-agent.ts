/** The first pattern that fits names it: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

/** Android calls itself Linux and an iPhone says "like Mac OS X", so they come first. */
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac(?:intosh| OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

/** A browser as it calls itself: a hint, never a proof. */
export interface Browser {
  /** `Firefox`; absent: none of the table. */
  readonly browser?: string
  /** `Linux` */
  readonly system?: string
}

/** Reads a browser from a User-Agent header. */
export function browserOf(userAgent: string | undefined): Browser {
  const browser = first(BROWSERS, userAgent ?? '')
  const system = first(SYSTEMS, userAgent ?? '')
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) }
}

/** Returns whether a client calls itself as browsers do, by a long name that begins with Mozilla. */
export function isBrowser(userAgent: string): boolean {
  return userAgent.startsWith('Mozilla/')
}

function first(table: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}

/** A product of RFC 9110 §10.1.5, without its version. */
const PRODUCT = /^[\w-]{1,40}(?![^/\s])/

/**
 * Reads the first product of a User-Agent, as a mail may have it; undefined for one that is none.
 *
 * Attack: a thief's User-Agent would write sentences and addresses into a mail that the owner trusts.
 */
export function plainProduct(userAgent: string): string | undefined {
  return PRODUCT.exec(userAgent)?.[0]
}
