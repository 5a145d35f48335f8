import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** Handles a request; returns false for a request that is not its own. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Creates an HTTP server. The handlers come first and bypass Express, through which a check would take several times as
 * long.
 */
export function createHttpServer(
  handlers: readonly Handler[],
  otherwise: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    // nginx passes on more header bytes than Node's default of 16 KiB; the client would get a 500.
    maxHeaderSize: 64 * 1024,
    // Longer than proxies keep idle connections (60 s in nginx): closing one that a proxy is about to use fails its request.
    keepAliveTimeout: 75_000,
    requestTimeout: 60_000,
  }
  const server = createServer(options, (request, response) => {
    if (!handlers.some((handler) => handler(request, response))) otherwise(request, response)
  })
  server.on('clientError', refuseMalformed)
  return server
}

/** Answers 404, for a listener without the Express app. */
export function nothingHere(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('Nothing is here.\n')
}

/** Answers malformed or too large HTTP with one sentence, and closes the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, sentence] = SENTENCES[error.code ?? ''] ?? [400, 'The request is not valid HTTP.']
  const body = `${sentence}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const SENTENCES: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'The header lines of the request are larger than 64 KiB in all: clear the cookies of this site.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
}
