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
