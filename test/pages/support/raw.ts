import { createServer, get, type IncomingHttpHeaders, type OutgoingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A response as it went over the wire: supertest and fetch decompress it. */
export interface RawAnswer {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Asks an app once, as a browser does. */
export async function raw(app: RequestListener, path: string, headers: OutgoingHttpHeaders): Promise<RawAnswer> {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
      }).on('error', reject)
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
