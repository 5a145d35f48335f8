/** The languages of the pages; `views/words/` has a file for each. */
export const LANGUAGES = ['en', 'es', 'fr', 'de', 'ja'] as const
export type Language = (typeof LANGUAGES)[number]

/** How a user reads: the language, and the form and zone of dates. */
export interface Reader {
  readonly language: Language
  /** Dates in the language's form, or as ISO 8601. */
  readonly dates: 'language' | 'iso'
  /** An IANA name; absent: UTC, until a script shows the browser's zone. */
  readonly timeZone?: string
}

/** English, and dates in its form. */
export const DEFAULT_READER: Reader = { language: 'en', dates: 'language' }

export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.some((each) => each === text)
}

/** Returns the locale of a language: British English has the day before the month, and no comma before the last "and". */
export function localeOf(language: Language): string {
  return language === 'en' ? 'en-GB' : language
}

/** What a user has chosen; without a language, pages are in the browser's. */
export interface Preferences extends Omit<Reader, 'language'> {
  readonly language?: Language
}

/** Returns whether a text is a time zone that `Intl` knows. */
export function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== undefined
  } catch {
    return false
  }
}

/** Writes preferences as a cookie has them: `fr.iso.Europe/Paris`, with nothing between the dots for what was not chosen. */
export function formatPreferences({ language, dates, timeZone }: Preferences): string {
  return `${language ?? ''}.${dates === 'iso' ? 'iso' : ''}.${timeZone ?? ''}`
}

/** Reads preferences from a cookie. Browsers may send any text; what is not known counts as not chosen. */
export function readPreferences(text: string): Preferences {
  const [language, dates, timeZone = ''] = text.slice(0, 100).split('.')
  return {
    dates: dates === 'iso' ? 'iso' : 'language',
    ...(isLanguage(language) && { language }),
    ...(timeZone !== '' && isTimeZone(timeZone) && { timeZone }),
  }
}
