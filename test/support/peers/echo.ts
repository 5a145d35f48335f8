import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

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
  readonly body: string
}

export interface Echo {
  readonly port: number
  /** Everything that got past the gate, oldest first. */
  readonly arrivals: readonly Arrival[]
  stop(): Promise<void>
}

/**
 * A service that remembers each request and answers `here` with a challenge and a name of its own, as DaCHS does, and with
 * more headers where a test gives some.
 */
export async function startEcho(headersOfAnswer: OutgoingHttpHeaders = {}): Promise<Echo> {
  const arrivals: Arrival[] = []
  // As lenient as services get.
  const server = createServer({ insecureHTTPParser: true, maxHeaderSize: 256 * 1024 }, async (request, response) => {
    const { method = '', url = '', headers } = request
    const arrival = { method, url, headers, lines: linesOf(request.rawHeaders), trailers: [] as string[], body: '' }
    arrivals.push(arrival)
    // A body may be broken off: the request has arrived all the same.
    arrival.body = await text(request).catch(() => '')
    arrival.trailers = linesOf(request.rawTrailers)
    response.setHeader('WWW-Authenticate', 'Basic realm="the service"')
    response.setHeader('X-VO-Authenticated', 'somebody-else')
    for (const [name, value] of Object.entries(headersOfAnswer)) response.setHeader(name, value ?? '')
    response.end('here\n')
  })
  // What cannot be read as a request has still got past the gate.
  server.on('clientError', (error: Error, socket) => {
    if ('rawPacket' in error)
      arrivals.push({ method: '', url: '', headers: {}, lines: [], trailers: [], body: String(error.rawPacket) })
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    stop: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function linesOf(raw: readonly string[]): string[] {
  return raw.flatMap((name, n) => (n % 2 === 0 ? [`${name}: ${raw[n + 1]}`] : []))
}
