import { DAY, type EpochSeconds, HOUR, MINUTE } from '../core/time.js'
import { type Language, localeOf, type Reader } from './reader.js'

/** One instant in the forms that pages show it in, in the reader's language and zone. */
export interface Moment {
  /** `2026-12-19T09:41:00Z` */
  readonly iso: string
  /** `19 Dec 2026` */
  readonly day: string
  /** `19 December 2026` */
  readonly date: string
  /** `19 Dec 2026, 09:41 UTC` */
  readonly exact: string
  /** `3 minutes ago`, `in 27 days` */
  readonly relative: string
}

/** The two distances that are no number: `in less than a minute`, `just now`. */
export interface NearWords {
  readonly soon: string
  readonly now: string
}

interface Formats {
  readonly day: Intl.DateTimeFormat
  readonly date: Intl.DateTimeFormat
  readonly exact: Intl.DateTimeFormat
  readonly distance: Intl.RelativeTimeFormat
  /** `2026-12-19` in the reader's zone. */
  readonly calendar: Intl.DateTimeFormat
}

const MONTH = 30.44 * DAY
const YEAR = 365.25 * DAY

/** Each unit serves distances shorter than its limit. */
// biome-ignore format: a table reads in columns
const UNITS = [
  { unit: 'minute', size: MINUTE, limit: HOUR },
  { unit: 'hour',   size: HOUR,   limit: 2 * DAY },
  { unit: 'day',    size: DAY,    limit: 100 * DAY },
  { unit: 'month',  size: MONTH,  limit: 2 * YEAR },
  { unit: 'year',   size: YEAR,   limit: Number.POSITIVE_INFINITY },
] as const

/** Returns the forms of an instant, each made when it is read: a page reads two or three of them, and formats are slow. */
export function momentFor(
  reader: Reader,
  near: NearWords,
  { at, now }: { at: EpochSeconds; now: EpochSeconds },
): Moment {
  const instant = new Date(at * 1000)
  const formats = formatsFor(reader)
  return {
    iso: instant.toISOString().replace('.000Z', 'Z'),
    get day() {
      return formats.day.format(instant)
    },
    get date() {
      return formats.date.format(instant)
    },
    get exact() {
      return formats.exact.format(instant)
    },
    get relative() {
      return relative({ at, now }, formats, near)
    },
  }
}

/**
 * Counts calendar days where it counts days: a token made for 30 days is "in 30 days" until midnight. Shorter and
 * longer distances are cut towards now, so that no hour and no month is promised that is not whole.
 */
function relative({ at, now }: { at: EpochSeconds; now: EpochSeconds }, formats: Formats, near: NearWords): string {
  const distance = at - now
  const size = Math.abs(distance)
  if (size < MINUTE) return distance > 0 ? near.soon : near.now
  const scale = UNITS.find(({ limit }) => size < limit) ?? UNITS[4]
  if (scale.unit === 'day') return formats.distance.format(dayOf(at, formats) - dayOf(now, formats), 'day')
  return formats.distance.format(Math.trunc(distance / scale.size), scale.unit)
}

/** Numbers the calendar days of the reader's zone. */
function dayOf(at: EpochSeconds, { calendar }: Formats): number {
  return Math.round(Date.parse(calendar.format(new Date(at * 1000))) / 1000 / DAY)
}

const known = new Map<string, Formats>()
/** Zones come from users; the formats of so many are kept. */
const MAX_FORMATS = 200

function formatsFor(reader: Reader): Formats {
  const name = `${reader.language} ${reader.dates} ${reader.timeZone}`
  const ready = known.get(name)
  if (ready) return ready
  if (known.size >= MAX_FORMATS) known.clear()
  const made = reader.dates === 'iso' ? isoFormats(reader) : languageFormats(reader)
  known.set(name, made)
  return made
}

const HOURS = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const
const NUMERIC = { year: 'numeric', month: '2-digit', day: '2-digit' } as const

function languageFormats({ language, timeZone = 'UTC' }: Reader): Formats {
  const locale = localeOf(language)
  return {
    day: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }),
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }),
    exact: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...HOURS, timeZone }),
    distance: new Intl.RelativeTimeFormat(locale, { numeric: 'always' }),
    calendar: new Intl.DateTimeFormat('sv', { ...NUMERIC, timeZone }),
  }
}

/** Swedish dates are ISO 8601. */
function isoFormats({ language, timeZone = 'UTC' }: Reader): Formats {
  const day = new Intl.DateTimeFormat('sv', { ...NUMERIC, timeZone })
  const distance = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'always' })
  return {
    day,
    date: day,
    exact: new Intl.DateTimeFormat('sv', { ...NUMERIC, ...HOURS, timeZone }),
    distance,
    calendar: day,
  }
}

const monthNames = new Map<Language, Intl.DateTimeFormat>()

/** Names the month of a day by UTC, shortly, for an axis: `Nov`. */
export function monthName(at: EpochSeconds, language: Language): string {
  const format =
    monthNames.get(language) ?? new Intl.DateTimeFormat(localeOf(language), { month: 'short', timeZone: 'UTC' })
  monthNames.set(language, format)
  return format.format(at * 1000)
}
