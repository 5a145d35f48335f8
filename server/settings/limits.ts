import { z } from 'zod'
import { waitingTime } from './values.js'

const count = z.number().int().positive()
/** Attack: a client that holds its connection with half a head. Of 0 seconds Node takes it that there is no limit. */
const wait = waitingTime
  .refine((seconds) => seconds > 0, 'must be at least a second')
  .meta({ title: 'duration', example: '1m' })

/** How much one user or client may have, so that none takes what all need. */
export const limitsSchema = z.strictObject({
  tokensPerUser: count
    .default(200)
    .describe('User and service tokens that a user has at a time; one more is refused (`too_many_tokens`)'),
  delegatedPerUser: count
    .default(1000)
    .describe(
      'Delegated tokens that a user has at a time; beyond them no token is exchanged (`invalid_grant`), and checks go on',
    ),
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
  connections: count
    .default(1000)
    .describe('Connections to a listener of a process; a request on one beyond them is 503 with `Retry-After`'),
  slowChecks: count
    .default(64)
    .describe(
      'Checks of a process that wait for a store, over more than a second; a further one is 503 with `Retry-After`, and those that the token cache answers are not among them',
    ),
  requests: count
    .default(200)
    .describe(
      'Requests for pages and API calls that a process works at, over more than a second; a further one is 503 with `Retry-After`',
    ),
  headerBytes: count
    .min(8192)
    .default(65_536)
    .describe('Bytes of the request line and the headers; nginx passes 40 KiB, and more than this is 431'),
  bodyBytes: count
    .min(16_384)
    .default(65_536)
    .describe('Bytes of a form or of the JSON of an API call; a larger one is 413 (`too_large`)'),
  bulkBytes: count
    .default(64 * 1024 * 1024)
    .describe('Bytes of a load of programs, which is JSON lines; a larger one is 413. A hundred thousand take a third'),
  headersTimeout: wait
    .prefault('10s')
    .describe('How long the head of a request may take to arrive; a slower one is 408'),
  requestTimeout: wait.prefault('1m').describe('How long a whole request may take to arrive; a slower one is 408'),
})

export type Limits = z.infer<typeof limitsSchema>
