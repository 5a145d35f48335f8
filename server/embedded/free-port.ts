import { type AddressInfo, createServer } from 'node:net'

/**
 * Finds a free loopback port: the preferred one if possible, so that an address an operator wrote down stays valid. Another
 * process may take it before it is used, so the caller must retry.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined) {
    const port = await listenOnce(preferred).catch(() => undefined)
    if (port !== undefined) return port
  }
  return listenOnce(0)
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo
      server.close(() => resolve(bound))
    })
  })
}
