import { z } from 'zod'
import { MINUTE } from '../core/time.js'
import { duration } from './values.js'

/** When an alarm is raised. */
export const alarmsSchema = z.strictObject({
  refusals: z
    .number()
    .int()
    .positive()
    .default(300)
    .describe('Refusals with one code, of all processes in a window, that raise an alarm'),
  window: duration
    .refine((seconds) => seconds >= 10, 'must be at least 10 seconds, such as 5m')
    .default(5 * MINUTE)
    .describe('In which refusals are counted, and equal alarms sent once; at least 10s'),
})
