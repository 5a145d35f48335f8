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

/** `Firefox on Linux` from a User-Agent header, so that people can tell their sessions apart. It is a hint, never a proof. */
export function userAgentName(userAgent: string | undefined): string {
  if (!userAgent) return 'Unknown browser'
  const browser = first(BROWSERS, userAgent) ?? 'Another browser'
  const system = first(SYSTEMS, userAgent)
  return system === undefined ? browser : `${browser} on ${system}`
}

/** Returns whether {@link userAgentName} can name the browser of a User-Agent header. */
export function isKnownBrowser(userAgent: string | undefined): userAgent is string {
  return userAgent !== undefined && first(BROWSERS, userAgent) !== undefined
}

function first(table: readonly (readonly [RegExp, string])[], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1]
}

/** A product of RFC 9110 §10.1.5, without its version. */
const PRODUCT = /^[\w-]{1,40}(?![^/\s])/

/**
 * Returns the client of a User-Agent for an e-mail: a browser of the table, or the first word.
 *
 * Attack: a thief's User-Agent would write sentences and addresses into a mail that the owner trusts.
 */
export function clientInMail(userAgent: string): string {
  return userAgent.startsWith('Mozilla/')
    ? userAgentName(userAgent)
    : (PRODUCT.exec(userAgent)?.[0] ?? 'another program')
}
