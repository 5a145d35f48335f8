import type { IncomingMessage, ServerResponse } from 'node:http'

type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/** Headers with which a proxy names the client whose request it passes on. */
const FORWARDING = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const

/**
 * Leaves requests that a proxy passes on for a client to the next handler, which has no such path.
 *
 * Attack: on a site with one listener, a proxy that is configured by hand passes `/metrics` and `/health` to all clients. A monitor
 * asks Postern itself.
 */
export function notForClients(handler: Handler): Handler {
  return (request, response) => {
    if (FORWARDING.some((name) => request.headers[name] !== undefined)) return false
    return handler(request, response)
  }
}
