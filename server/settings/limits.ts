import { z } from 'zod'

const count = z.number().int().positive()

/** How much one user or client may have, so that none takes what all need. */
export const limitsSchema = z.strictObject({
  tokensPerUser: count
    .default(200)
    .describe('User and service tokens that a user has at a time; one more is refused (`too_many_tokens`)'),
  sessionsPerUser: count
    .default(50)
    .describe('Sessions that a user has at a time; a sign-in beyond them ends the oldest'),
  apiCalls: count
    .default(600)
    .describe('API calls with one token in a minute, counted by each process; more are 429 with `Retry-After`'),
  clientsPerDay: count
    .default(20)
    .describe('Pairs of address and client that the use log tells apart for a token on a day; the rest are `others`'),
  historyPage: count
    .default(1000)
    .describe(
      'Entries of a history or of the uses of a token in one response, also without `limit` or with a larger one',
    ),
})

export type Limits = z.infer<typeof limitsSchema>
