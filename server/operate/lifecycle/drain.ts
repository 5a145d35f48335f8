import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a server shuts down. */
export interface DrainOptions {
  /** How long open connections may still be used, in milliseconds. */
  readonly graceMs: number
  /**
   * Whether new connections are accepted during the grace. Required where no other process accepts them: a load balancer
   * goes on sending until it has seen that this server is not ready.
   */
  readonly listening: boolean
}

/** A server that may answer requests besides those that it tells its listeners of. */
export interface DrainedServer extends Server {
  /** Passes those on to its listeners, too. */
  drainDoor?(): void
}

/** How long requests under way may take to finish after the grace. */
export const FINISH_TIMEOUT_MS = 5_000
const IDLE_POLL_MS = 50

/**
 * Shuts a server down without dropping a request. From now on each response closes its connection, so that a client with a
 * kept-alive one does not lose a request to its closing. After the grace, idle connections are closed and requests under
 * way finish; those that take too long are cut.
 *
 * Own code, because terminus and http-terminator stop accepting at once: neither can go on listening during the grace.
 */
export async function drain(server: DrainedServer, { graceMs, listening }: DrainOptions): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
  server.drainDoor?.()
  const closed = once(server, 'close')
  // Not http.Server's close, which would cut idle connections at once.
  if (!listening) NetServer.prototype.close.call(server)
  await Promise.race([closed, sleep(graceMs)])
  if (listening) server.close()
  const idleTimer = setInterval(() => server.closeIdleConnections(), IDLE_POLL_MS)
  const cutTimer = setTimeout(() => server.closeAllConnections(), FINISH_TIMEOUT_MS)
  server.closeIdleConnections()
  await closed
  clearInterval(idleTimer)
  clearTimeout(cutTimer)
}
