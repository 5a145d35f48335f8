import type { EpochSeconds } from './time.js'

/** Beyond this pydantic takes a number for milliseconds: about the year 2600 in seconds. */
const MILLISECONDS_FROM = 2e10

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/

/** The texts that {@link parseInstant} takes, for readers of a document: the fields of a date within their bounds. */
export const INSTANT =
  '^(?:[+-]?[0-9]+(?:\\.[0-9]*)?|[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?)$'

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
  const [, date, clock = '00:00', zone = 'Z'] = match
  const milliseconds = Date.parse(`${date}T${clock.replace(',', '.')}${zone}`)
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000)
}

function fromNumber(given: number): EpochSeconds | undefined {
  if (!Number.isFinite(given)) return undefined
  return Math.floor(Math.abs(given) > MILLISECONDS_FROM ? given / 1000 : given)
}
