import type { IncomingMessage, ServerResponse } from 'node:http'
import { metadata } from '../../api/version.js'
import { takesMethod } from './takes-method.js'

/**
 * Handles `GET /` on the internal listener, as Gafaelfawr's monitors ask it inside a cluster: what answers, and which version. The
 * handler returns false for any other path. The public listener has pages there.
 *
 * @param documentation the address of the API's documentation
 */
export function metadataEndpoint(documentation: string) {
  const body = JSON.stringify(metadata(documentation))
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url?.split('?', 1)[0] !== '/') return false
    if (takesMethod(request, response)) {
      response.writeHead(200, { 'Cache-Control': 'no-cache', 'Content-Type': 'application/json' }).end(body)
    }
    return true
  }
}
