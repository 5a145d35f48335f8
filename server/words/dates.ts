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
  /** By the number of the day, for a reader of UTC: all instants of a day share them. Undefined in another zone. */
  readonly days: Map<number, DayForms> | undefined
  /** Distances that were formatted: there are few. */
  readonly distances: Map<string, string>
}

/** The forms of a day by UTC; those of its instants are these with another hour and minute in them. */
interface DayForms {
  readonly day: string
  readonly date: string
  /** What stands before and after the hour and the minute. */
  readonly around: readonly [string, string]
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

/** An instant, and when it is looked at. */
interface Span {
  readonly at: EpochSeconds
  readonly now: EpochSeconds
}

/** Returns the function that formats instants for a reader. */
export function momentsFor(reader: Reader, near: NearWords): (span: Span) => Moment {
  const formats = formatsFor(reader)
  return (span) => new FormattedMoment(formats, near, span)
}

/** Has the forms of an instant, each made when it is read: a page reads two or three of them, and formats are slow. */
class FormattedMoment implements Moment {
  readonly iso: string
  readonly #formats: Formats
  readonly #near: NearWords
  readonly #span: Span

  constructor(formats: Formats, near: NearWords, span: Span) {
    this.iso = new Date(span.at * 1000).toISOString().replace('.000Z', 'Z')
    this.#formats = formats
    this.#near = near
    this.#span = span
  }

  get day(): string {
    return formsOfDay(this.#span.at, this.#formats)?.day ?? this.#formats.day.format(this.#span.at * 1000)
  }

  get date(): string {
    return formsOfDay(this.#span.at, this.#formats)?.date ?? this.#formats.date.format(this.#span.at * 1000)
  }

  get exact(): string {
    const forms = formsOfDay(this.#span.at, this.#formats)
    if (!forms) return this.#formats.exact.format(this.#span.at * 1000)
    const [before, after] = forms.around
    return `${before}${this.iso.slice(-9, -4)}${after}`
  }

  get relative(): string {
    return relative(this.#span, this.#formats, this.#near)
  }
}

/** More days than the tokens of a site begin and end on. */
const MAX_DAYS = 5_000
const MIDNIGHT = '00:00'

/** Returns the forms of an instant's day for a reader of UTC; undefined in another zone, whose days are not equally long. */
function formsOfDay(at: EpochSeconds, { days, day, date, exact }: Formats): DayForms | undefined {
  if (!days) return undefined
  const number = Math.floor(at / DAY)
  const ready = days.get(number)
  if (ready) return ready
  const start = number * DAY * 1000
  const [before, after, ...more] = exact.format(start).split(MIDNIGHT)
  if (before === undefined || after === undefined || more.length > 0) return undefined
  if (days.size >= MAX_DAYS) days.clear()
  const made: DayForms = { day: day.format(start), date: date.format(start), around: [before, after] }
  days.set(number, made)
  return made
}

/**
 * Counts calendar days where it counts days: a token made for 30 days is "in 30 days" until midnight. Shorter and
 * longer distances are cut towards now, so that no hour and no month is promised that is not whole.
 */
function relative({ at, now }: Span, formats: Formats, near: NearWords): string {
  const distance = at - now
  const size = Math.abs(distance)
  if (size < MINUTE) return distance > 0 ? near.soon : near.now
  const scale = UNITS.find(({ limit }) => size < limit) ?? UNITS[4]
  if (scale.unit === 'day') return distanceOf(dayOf(at, formats) - dayOf(now, formats), 'day', formats)
  return distanceOf(Math.trunc(distance / scale.size), scale.unit, formats)
}

/** More than there are, for the units end where the next begins; years go on. */
const MAX_DISTANCES = 1_000

function distanceOf(count: number, unit: (typeof UNITS)[number]['unit'], { distance, distances }: Formats): string {
  // A zero has a sign: "in 0 minutes" and "0 minutes ago".
  const name = `${Object.is(count, -0) ? '-0' : count} ${unit}`
  const ready = distances.get(name)
  if (ready !== undefined) return ready
  if (distances.size >= MAX_DISTANCES) distances.clear()
  const made = distance.format(count, unit)
  distances.set(name, made)
  return made
}

/** Numbers the calendar days of the reader's zone. */
function dayOf(at: EpochSeconds, { calendar, days }: Formats): number {
  if (days) return Math.floor(at / DAY)
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
    ...caches(timeZone),
  }
}

function caches(timeZone: string): Pick<Formats, 'days' | 'distances'> {
  return { days: timeZone === 'UTC' ? new Map() : undefined, distances: new Map() }
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
    ...caches(timeZone),
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
