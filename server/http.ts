import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** Answers a request, or says that it is not its own. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * An HTTP server. What must be quick is asked first and never sees the Express app: through Express a check would cost
 * several times as much, and it needs nothing that Express offers.
 */
export function createHttpServer(
  handlers: readonly Handler[],
  otherwise: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    // nginx lets through header lines for which Node's 16 KiB are too few; the client would see a 500.
    maxHeaderSize: 64 * 1024,
    // Longer than proxies keep idle connections (60 s in nginx), so that it is never we who close one just being used.
    keepAliveTimeout: 75_000,
    requestTimeout: 60_000,
  }
  const server = createServer(options, (request, response) => {
    if (!handlers.some((handler) => handler(request, response))) otherwise(request, response)
  })
  server.on('clientError', refuseMalformed)
  return server
}

/** For a listener that has nothing but its handlers. */
export function nothingHere(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end('Nothing is here.\n')
}

/** What is not HTTP, or too much of it, gets one sentence and the connection is closed. */
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
