import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What arrived at a protected service. */
export interface Arrival {
  readonly method: string
  /** Path and query, as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Echo {
  readonly port: number
  /** Everything that got past the gate, oldest first. */
  readonly arrivals: readonly Arrival[]
  stop(): Promise<void>
}

/** A service that remembers each request and answers `here` with a challenge and a name of its own, as DaCHS does. */
export async function startEcho(): Promise<Echo> {
  const arrivals: Arrival[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    arrivals.push({ method, url, headers, body: await text(request) })
    response.setHeader('WWW-Authenticate', 'Basic realm="the service"')
    response.setHeader('X-VO-Authenticated', 'somebody-else')
    response.end('here\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
