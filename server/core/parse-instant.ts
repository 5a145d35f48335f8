import { type EpochSeconds, LAST_INSTANT } from './time.js'

/** Beyond this pydantic takes a number for milliseconds: about the year 2600 in seconds. */
const MILLISECONDS_FROM = 2e10

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/

const CLOCK =
  '(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?'
/** Seconds, or milliseconds up to the end of the year 9891: those after it have as many digits as the first that are too late. */
const NUMBER = '(?:[0-9]{1,14}|1[0-9]{14}|2[0-4][0-9]{13})(?:\\.[0-9]*)?'
const DAYS = '(?:(?:0[13578]|1[02])-31|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]))'
const LEAP = '(?:0[48]|[2468][048]|[13579][26])'

const pattern = (sign: string, year: string, leapYear: string) =>
  `^(?:${sign}${NUMBER}|(?:${year}-${DAYS}|${leapYear}-02-29)${CLOCK})$`

/** The texts that {@link parseInstant} takes, for readers of a document. */
export const INSTANT = pattern('[+-]?', '[0-9]{4}', `(?:[0-9]{2}${LEAP}|(?:[02468][048]|[13579][26])00)`)

/** Those of them that are not before 1970. */
export const INSTANT_SINCE_1970 = pattern(
  '\\+?',
  '(?:19[7-9][0-9]|[2-9][0-9]{3})',
  `(?:19(?:7[26]|8[048]|9[26])|[2-9][0-9]${LEAP}|(?:[2468][048]|[3579][26])00)`,
)

/** The last number that is not beyond the year 9999: in milliseconds. */
export const LAST_NUMBER = LAST_INSTANT * 1000 + 999

/**
 * Parses an instant as Gafaelfawr's callers write it: epoch seconds as a number or text, or ISO 8601, in UTC unless it
 * names a zone. Fractions of a second are dropped.
 */
export function parseInstant(given: unknown): EpochSeconds | undefined {
  if (typeof given === 'number') return fromNumber(given)
  if (typeof given !== 'string') return undefined
  if (/^[+-]?\d+(?:\.\d*)?$/.test(given)) return fromNumber(Number(given))
  const match = ISO.exec(given.toUpperCase())
  if (!match) return undefined
  const [, date = '', clock = '00:00', zone = 'Z'] = match
  if (!isDay(date)) return undefined
  const milliseconds = Date.parse(`${date}T${clock.replace(',', '.')}${zone}`)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  const milliseconds = Date.parse(date)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date)
}

function fromNumber(given: number): EpochSeconds | undefined {
  if (!Number.isFinite(given)) return undefined
  return Math.floor(Math.abs(given) > MILLISECONDS_FROM ? given / 1000 : given)
}
