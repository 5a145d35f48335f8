import { z } from 'zod'
import { INSTANT, parseInstant } from '../../core/parse-instant.js'
import { LAST_INSTANT } from '../../core/time.js'

/**
 * An instant in the query, up to the end of the year 9999. Nothing is older than 1970, so that an earlier one is that, which
 * PostgreSQL and JavaScript both can store.
 */
export const queryInstant = z
  .preprocess((given) => {
    const at = parseInstant(given)
    return at === undefined || at > LAST_INSTANT ? Number.NaN : Math.max(0, at)
  }, z.number('Input should be a valid datetime'))
  .meta({ type: 'string', pattern: INSTANT, description: 'Seconds since 1970-01-01 UTC, or ISO 8601' })

/** An integer in the query as pydantic reads it: `Number` would take an empty text for 0, and `0x1F` and `1e3` for numbers. */
export function queryInteger(minimum: number) {
  return z.preprocess(
    (given) => (/^\s*[+-]?\d+(?:\.0*)?\s*$/.test(String(given)) ? Number(given) : Number.NaN),
    z.number().int().min(minimum),
  )
}

const YES = ['true', '1', 'yes', 'on', 'y', 'enabled']
const NO = ['false', '0', 'no', 'off', 'n', 'disabled']
const inAnyCase = (word: string) => word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)

/** Yes or no in the query. */
export const queryBoolean = z
  .stringbool({ truthy: YES, falsy: NO })
  .meta({ pattern: `^(?:${[...YES, ...NO].map(inAnyCase).join('|')})$`, description: [...YES, ...NO].join(', ') })
