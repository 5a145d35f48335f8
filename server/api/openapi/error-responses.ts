import { z } from 'zod'
import type { Described } from '../route.js'
import type { ResponseDescription } from '../schemas/responses.js'

const detail = z
  .object({
    loc: z
      .array(z.union([z.string(), z.int()]))
      .optional()
      .describe('Where the mistake is: body, query, path or header, and then the field'),
    msg: z.string().describe('For users'),
    type: z.string().describe('For clients'),
    input: z.unknown().optional().describe('The value given there'),
    ctx: z.record(z.string(), z.unknown()).optional().describe('The numbers in the message'),
  })
  .meta({ id: 'Detail', description: 'One thing that is wrong.' })

const refused = z
  .object({ detail: z.array(detail).min(1) })
  .meta({ id: 'Refused', description: 'The usual refusal: a list of mistakes.' })

const unauthenticated = z
  .object({ detail: z.object({ msg: z.string(), type: z.literal('no_authorization') }) })
  .meta({ id: 'Unauthenticated', description: 'There was no credential at all. One object, and no list.' })

const unknownAddress = z
  .object({ detail: z.string() })
  .meta({ id: 'UnknownAddress', description: 'The API has no such path or method. A text, and no list.' })

const no = (description: string): ResponseDescription => ({ description, body: refused })
const credentialHeaders = {
  'X-Error-Status': { description: 'The true status, for proxies that change it', optional: true },
  'X-Error-Body': { description: 'The body, for proxies that drop it', optional: true },
} as const

/** Refusals of single routes, besides {@link COMMON_RESPONSES}. */
export const noSuchToken = no('The user has no such token')
export const noSuchSuspension = no('The user has no such token, or it is not suspended')
export const suspensionOver = no('The suspension has run out, and is a revocation')
export const nameTaken = no('The user has a token of that name already, or the token is suspended')
export const noOverrides = no('There are no overrides')
export const noSuchProgram = no('There is no such program, or it is not the caller’s')
export const noSuchGrant = no('There is no such program, or no grant for that address')
export const noSuchClient = no('There is no such client, or the site has no OpenID Connect server')
export const noOpenIdServer = no('The site has no OpenID Connect server')
export const programsLoading = no('Programs are being loaded at this moment')
export const tooManyTokens = no('The user has a token of that name already, or as many tokens as they may')
export const notRotated = no('The user has as many tokens as they may, or the token is suspended')
export const tooManyGrants = no('The program has as many grants as it may')

interface CommonResponse extends ResponseDescription {
  readonly status: number
  /** Whether a route can send it. Absent: it is sent where there is no route alone. */
  readonly of?: (route: Described) => boolean
}

const every = () => true

/** Refusals that any route may send, by their names in the document. */
export const COMMON_RESPONSES: Readonly<Record<string, CommonResponse>> = {
  Malformed: { status: 400, ...no('The request cannot be read'), of: every },
  Unauthorized: {
    status: 401,
    description: 'There is no credential, or it is not valid',
    body: z.union([unauthenticated, refused]),
    headers: { 'WWW-Authenticate': { description: 'The challenge of RFC 6750' }, ...credentialHeaders },
    of: every,
  },
  Forbidden: {
    status: 403,
    ...no(
      'Access is denied, the sign-in of the session is too old for this, X-CSRF-Token is wrong, a page of another site sent the cookie, or the credential has no known form (X-Error-Status: 400)',
    ),
    headers: {
      'WWW-Authenticate': {
        description: 'When the credential is at fault, or the sign-in is too old (RFC 9470)',
        optional: true,
      },
      ...credentialHeaders,
    },
    of: every,
  },
  TooLarge: {
    status: 413,
    ...no('The body is larger than the site’s `bodyBytes`, 64 KiB if not set (NDJSON: `bulkBytes`, 64 MiB)'),
    of: ({ body, lines }) => (body ?? lines) !== undefined,
  },
  Invalid: {
    status: 422,
    ...no('The path, the query or the body is invalid'),
    of: ({ params, query, body, lines }) => [params, query, body, lines].some((each) => each !== undefined),
  },
  TooMany: {
    status: 429,
    ...no('Too many calls with this token'),
    headers: { 'Retry-After': { description: 'Seconds until more are admitted' } },
    of: every,
  },
  Failed: { status: 500, ...no('Something went wrong here'), of: every },
  Unavailable: { status: 503, ...no('A store does not answer'), of: every },
  NotFound: { status: 404, description: 'The API has no such path', body: unknownAddress },
  MethodNotAllowed: {
    status: 405,
    description: 'The path takes other methods',
    body: unknownAddress,
    headers: { Allow: { description: 'The methods that it takes' } },
    // `/programs/access` is a path of its own.
    of: ({ path }) => path === '/programs/:id',
  },
}
