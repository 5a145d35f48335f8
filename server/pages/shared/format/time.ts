import { DAY, type EpochSeconds, HOUR, MINUTE } from '../../../core/time.js'

/** One instant in the forms that pages show it in. UTC: the reader's zone is known only to the reader's browser. */
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

const SHORT_DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
const DISTANCE = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' })

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

export function moment(at: EpochSeconds, now: EpochSeconds): Moment {
  const instant = new Date(at * 1000)
  const day = SHORT_DATE.format(instant)
  return {
    iso: instant.toISOString().replace('.000Z', 'Z'),
    day,
    date: DATE.format(instant),
    exact: `${day}, ${CLOCK.format(instant)} UTC`,
    relative: relative(at - now),
  }
}

/** Cuts towards now, so that "in 27 days" never promises a day that is not whole. */
function relative(distance: number): string {
  const size = Math.abs(distance)
  if (size < MINUTE) return distance > 0 ? 'in less than a minute' : 'just now'
  const scale = UNITS.find(({ limit }) => size < limit) ?? UNITS[4]
  return DISTANCE.format(Math.trunc(distance / scale.size), scale.unit)
}
