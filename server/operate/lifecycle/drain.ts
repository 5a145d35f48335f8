import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a server is to come to its end. */
export interface DrainOptions {
  /** How long connections that are open may still be used, in milliseconds. */
  readonly graceMs: number
  /**
   * Whether new connections are taken during that time, which they must be where nobody else would take them: a load
   * balancer goes on sending until it has seen that we are not ready.
   */
  readonly listening: boolean
}

/** How long requests under way may take to finish after the grace. */
export const PATIENCE_MS = 5_000
const LOOK_MS = 50

/**
 * Ends a server without dropping a request. Each answer from now on closes its connection, so that whoever keeps one is not
 * surprised by its end with the next request already on the way. After the grace, idle connections are closed and
 * requests under way finish; what takes too long is cut.
 */
export async function drain(server: Server, { graceMs, listening }: DrainOptions): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  const closed = once(server, 'close')
  // Not the HTTP server's own close, which would cut idle connections at once.
  if (!listening) NetServer.prototype.close.call(server)
  await Promise.race([closed, sleep(graceMs)])
  if (listening) server.close()
  const idle = setInterval(() => server.closeIdleConnections(), LOOK_MS)
  const impatient = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
  server.closeIdleConnections()
  await closed
  clearInterval(idle)
  clearTimeout(impatient)
}
