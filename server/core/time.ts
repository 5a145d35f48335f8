/** An instant: whole seconds since 1970-01-01 UTC, as Gafaelfawr has them on the wire. */
export type EpochSeconds = number

/** Where "now" comes from. The rules get an instant, never a clock; shells hold one of these, and tests freeze it. */
export type Clock = () => EpochSeconds

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

export const MINUTE = 60
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The last second that PostgreSQL, JavaScript and a four-digit year share: the end of the year 9999. */
export const LAST_INSTANT: EpochSeconds = 253_402_300_799

const LONG = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** Formats an instant for a mail, whose reader's zone is not known: `19 December 2026 at 00:00 UTC`. */
export function longTime(at: EpochSeconds): string {
  return `${LONG.format(at * 1000)} UTC`
}

/** Formats an instant as ISO 8601 in UTC, to the second: `2026-12-19T00:00:00Z`. */
export function isoTime(at: EpochSeconds): string {
  if (at !== lastWritten.at)
    lastWritten = { at, text: `${new Date(at * 1000).toISOString().slice(0, -'.000Z'.length)}Z` }
  return lastWritten.text
}

/** Thousands of events are of one second, and the text takes longer than most of what is done with it. */
let lastWritten: { readonly at: EpochSeconds; readonly text: string } = { at: Number.NaN, text: '' }
