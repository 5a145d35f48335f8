import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What arrived at a protected service. */
export interface Arrival {
  readonly method: string
  /** Path and query, as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Every header line as `Name: value`, in the letters in which it came. */
  readonly lines: readonly string[]
  /** What came after the body in the same form. */
  readonly trailers: readonly string[]
  /** Its beginning, as {@link SHOWN} says. */
  readonly body: string
  /** The bytes of the whole body, so far. */
  readonly length: number
}

export interface Echo {
  readonly port: number
  /** Everything that got past the gate, oldest first. */
  readonly arrivals: readonly Arrival[]
  /** More headers of all answers from now on, in the place of those before. */
  answerWith(headers: OutgoingHttpHeaders): void
  /** Ends the answers to `…/stream`, of which the first line is sent at once. */
  endStreams(): void
  stop(): Promise<void>
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Of a larger body only so many bytes are kept. */
const SHOWN = 4 * 1024 * 1024

/**
 * A service that remembers each request and answers `here` with a challenge and a name of its own, as DaCHS does, and with
 * more headers where a test gives some; `…/headers` answers with those of the request. It opens WebSockets, and sends back what comes through one.
 */
export async function startEcho(headersOfAnswer: OutgoingHttpHeaders = {}): Promise<Echo> {
  const arrivals: Arrival[] = []
  const streams = new Set<() => void>()
  let more = headersOfAnswer
  // As lenient as services get.
  const server = createServer({ insecureHTTPParser: true, maxHeaderSize: 256 * 1024 }, async (request, response) => {
    const arrival = arrivalOf(request)
    arrivals.push(arrival)
    await readBody(request, arrival)
    response.setHeader('WWW-Authenticate', 'Basic realm="the service"')
    response.setHeader('X-VO-Authenticated', 'somebody-else')
    for (const [name, value] of Object.entries(more)) response.setHeader(name, value ?? '')
    if (request.url?.endsWith('/headers')) return void response.end(arrival.lines.join('\n'))
    if (!request.url?.endsWith('/stream')) return void response.end('here\n')
    response.write('here\n')
    streams.add(() => response.end('and gone\n'))
  })
  server.on('upgrade', (request, socket) => {
    arrivals.push(arrivalOf(request))
    // Without a key it is no WebSocket, and is answered as any request.
    if (request.headers['sec-websocket-key'] === undefined)
      return void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhere\n')
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    socket.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  // What cannot be read as a request has still got past the gate.
  server.on('clientError', (error: Error, socket) => {
    const nothing = { method: '', url: '', headers: {}, lines: [], trailers: [], length: 0 }
    if ('rawPacket' in error) arrivals.push({ ...nothing, body: String(error.rawPacket) })
    socket.destroy()
  })
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    answerWith: (headers) => {
      more = headers
    },
    endStreams: () => {
      for (const end of streams) end()
      streams.clear()
    },
    stop: async () => {
      if (!server.listening) return
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

function arrivalOf(request: IncomingMessage): Writable<Arrival> {
  const { method = '', url = '', headers } = request
  return { method, url, headers, lines: linesOf(request.rawHeaders), trailers: [], body: '', length: 0 }
}

/** A body may be broken off: the request has arrived all the same. */
async function readBody(request: IncomingMessage, arrival: Writable<Arrival>): Promise<void> {
  const kept: Buffer[] = []
  try {
    for await (const chunk of request) {
      if (arrival.length < SHOWN) kept.push(chunk)
      arrival.length += chunk.length
    }
  } catch {}
  arrival.body = Buffer.concat(kept).subarray(0, SHOWN).toString()
  arrival.trailers = linesOf(request.rawTrailers)
}

function linesOf(raw: readonly string[]): string[] {
  return raw.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${raw[n + 1]}`] : []))
}
