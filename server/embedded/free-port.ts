import { type AddressInfo, createServer } from 'node:net'

/**
 * A loopback port that nobody listens on now: the preferred one if it is free, so that an address that somebody wrote down
 * stays good, else any. It may be taken before it is used, so whoever starts a server on it tries again.
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
