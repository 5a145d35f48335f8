import { z } from 'zod'
import { MINUTE } from '../../core/time.js'
import { duration, lifetimeOrNever } from '../values.js'

const policy = z
  .strictObject({
    maximum: duration
      .refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes, such as 90d')
      .optional()
      .describe('Longest time from creation to expiry, at least 10m'),
    idle: duration
      .refine((seconds) => seconds >= 10 * MINUTE, 'must be at least 10 minutes, such as 90d')
      .optional()
      .describe('Expires a token this long after its last use, at least 10m'),
    spread: duration
      .optional()
      .describe('Takes a random part of this time off the longest lifetime, so that tokens made together expire apart'),
  })
  .refine(
    ({ maximum = Number.POSITIVE_INFINITY, spread = 0 }) => spread <= maximum / 2,
    'spread must be at most half of maximum',
  )

/** How long user and service tokens live, and what the form offers. */
export const tokenPolicySchema = z.strictObject({
  user: policy.optional().describe('Limits of user tokens: `maximum`, `idle`, `spread`'),
  service: policy.optional().describe('Limits of service tokens, in the same form'),
  choices: z
    .array(lifetimeOrNever)
    .min(1)
    .optional()
    .describe('Lifetimes that the form offers besides a date; `never` only where there is no maximum'),
  default: lifetimeOrNever.optional().describe('The lifetime that the form has selected at first'),
})
