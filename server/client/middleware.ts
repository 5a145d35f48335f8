import type { IncomingMessage, ServerResponse } from 'node:http'

/** Middleware for Express, Connect and other frameworks that pass on Node's own request and response. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void | Promise<void>

/** RFC 6750's words for what is wrong with a token (section 3.1). */
export type BearerError = 'invalid_token' | 'insufficient_scope'

/** Why a request goes no further. */
export interface Refusal {
  readonly status: 401 | 403 | 503
  readonly type: BearerError | 'no_authorization' | 'unavailable'
  readonly msg: string
  /** The scopes that are missing, for the challenge. */
  readonly scopes?: readonly string[]
}

/** A service, as its challenges name it. */
export interface ChallengingService {
  /** The realm, such as the site's host name; `Postern` when not given. */
  readonly realm?: string
  /**
   * The address of the document that says who gives tokens (RFC 9728 §5.1), for clients such as MCP's: Postern's
   * `/.well-known/oauth-protected-resource`, or the service's own. Not named when not given.
   */
  readonly resourceMetadata?: string
}

/** Seconds after which a client may ask again: as long as Postern says itself. */
const RETRY_AFTER = '5'

export const NO_AUTHORIZATION: Refusal = { status: 401, type: 'no_authorization', msg: 'Authentication required' }

/** Answers in the form of Postern's own refusals, with the challenge that 401 and 403 need. */
export function refuse(response: ServerResponse, refusal: Refusal, service: ChallengingService): void {
  const { status, type, msg } = refusal
  const detail = { msg, type }
  const body = JSON.stringify({ detail: type === 'no_authorization' ? detail : [detail] })
  response.writeHead(status, {
    'Cache-Control': 'no-cache, no-store',
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...(status === 503 ? { 'Retry-After': RETRY_AFTER } : { 'WWW-Authenticate': challenge(refusal, service) }),
  })
  response.end(body)
}

/** RFC 6750 §3.1: a client without a credential gets a challenge without an error code. */
function challenge(
  { type, msg, scopes = [] }: Refusal,
  { realm = 'Postern', resourceMetadata }: ChallengingService,
): string {
  const parts = [`realm=${quote(realm)}`]
  if (type !== 'no_authorization') parts.push(`error="${type}"`, `error_description=${quote(msg)}`)
  if (scopes.length > 0) parts.push(`scope=${quote(scopes.join(' '))}`)
  if (resourceMetadata !== undefined) parts.push(`resource_metadata=${quote(resourceMetadata)}`)
  return `Bearer ${parts.join(', ')}`
}

/** RFC 6750 allows no quote, backslash or non-ASCII character in these values; any of them could end the header early. */
function quote(text: string): string {
  return `"${text.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '')}"`
}
