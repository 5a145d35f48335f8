import { z } from 'zod'
import { Secret } from '../../core/token/secret.js'
import { httpUrl } from '../values.js'

/** Events for other systems, in the form of CloudEvents. */
export const eventsSchema = z.strictObject({
  sink: httpUrl
    .refine(({ username, password }) => username === '' && password === '', 'must have no password: see sinkToken')
    .optional()
    .describe(
      'Where sign-ins, and each minute the sums of uses of tokens, are sent: `https://`, by POST, in batches of CloudEvents 1.0 (`application/cloudevents-batch+json`); without it none are',
    ),
  sinkToken: z
    .string()
    .min(1)
    .transform((text) => new Secret(text))
    .optional()
    .describe('Bearer token for the sink'),
})
