import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers 405 to a request that does not only read; returns whether it reads. */
export function takesMethod({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end()
  return false
}
