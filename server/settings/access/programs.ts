import { z } from 'zod'
import { DAY } from '../../core/time.js'
import type { Scope } from '../../core/token/scope.js'
import { duration, scope } from '../values.js'
import { wholePattern } from '../whole-pattern.js'

/** Exclusive access to the data of programs. */
export const programsSchema = z.strictObject({
  scope: scope
    .default('exclusive_access' as Scope)
    .describe('The scope that a token needs for data before their release'),
  // Found somewhere inside, the program of `/data/1/data/2/x` would be a matter of taste.
  pattern: wholePattern('program', '/data/(?<program>[^/]+)/.*')
    .optional()
    .describe('RE2 pattern that matches a whole path and names the program in a group `program`'),
  parameters: z
    .record(
      z.string().regex(/^[A-Za-z0-9_.-]+$/, 'must be the name of a parameter, such as uri'),
      wholePattern('program', 'mast:(?<program>[^/]+)/.*'),
    )
    .default({})
    .transform((given) => new Map(Object.entries(given)))
    .describe('RE2 patterns, by parameter of the query, for `program=from_url&program_parameter=…`'),
  keepRequests: duration
    .refine((seconds) => seconds >= DAY, 'must be at least one day, such as 365d')
    .default(365 * DAY)
    .describe(
      'How long the record is kept of who asked for which file before its program was public, at least 1d: principal investigators see it',
    ),
})
