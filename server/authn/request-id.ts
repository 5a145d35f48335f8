import type { IncomingMessage } from 'node:http'
import type { RandomBytes } from '../core/token/token.js'

const HEADER = 'x-request-id'

/** No white space, no dot: neither a second log field nor a whole token fits. */
const REQUEST_ID = /^[\w-]{8,64}$/

/** Returns the identifier that the proxy gave to a request, or that {@link ensureRequestId} did. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const given = headers[HEADER]
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : undefined
}

/** Gives a request an identifier unless it has a valid one. */
export function ensureRequestId(request: Pick<IncomingMessage, 'headers'>, random: RandomBytes): string {
  const id = requestIdOf(request) ?? random(16).toString('hex')
  request.headers[HEADER] = id
  return id
}
