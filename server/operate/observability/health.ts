import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../../storage/context.js'
import { readLockdown } from '../../storage/postgres/lockdown.js'
import { redisState, stateOf } from '../../storage/store-states.js'
import { takesMethod } from './takes-method.js'

/**
 * Handles the health checks of monitors and load balancers. The handler returns false for any other path.
 *
 * - `GET /health`: 200 when both stores answer, else 503 and which one does not. `postgres` is `read_only` where it answers
 *   and takes no writes: checks go on, and no token is created or revoked. `redis` is `partly_down` while a
 *   master of a cluster does not answer: sessions whose keys it has are 503. `memory` is `bypassed` while the
 *   invalidation channel is down and every check reads the stores: slower, and as correct. `lockdown` is `on` while no user
 *   signs in and no token is created. `restore` is `unconfirmed` until a restore of the site is confirmed: no token is admitted.
 * - `GET /health/live`: 200 from any process that answers.
 * - `GET /health/ready`: 200 until shutdown begins, then 503. It probes no store: the outage of one would take every
 *   replica out of service, with the checks that they can still answer.
 */
export function health(context: Context, isStopping: () => boolean = () => false) {
  async function sendHealth(response: ServerResponse): Promise<void> {
    let lockdown = 'unknown'
    const [postgres, redis] = await Promise.all([
      stateOf(async () => {
        lockdown = (await readLockdown(context.postgres)) ? 'on' : 'off'
        return (await context.postgres.takesWrites()) ? 'up' : 'read_only'
      }),
      redisState(context),
    ])
    const healthy = postgres === 'up' && redis === 'up'
    const status = healthy ? 'healthy' : 'unhealthy'
    const memory = context.tokenCache.isEnabled ? 'on' : 'bypassed'
    const restore = context.restoreLock.unconfirmed.length > 0 ? { restore: 'unconfirmed' } : {}
    send(response, healthy, { status, postgres, redis, memory, lockdown, ...restore })
  }

  function sendReadiness(response: ServerResponse): void {
    const stopping = isStopping()
    send(response, !stopping, { status: stopping ? 'stopping' : 'ready' })
  }

  const handlers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
    '/health': sendHealth,
    '/health/live': (response) => send(response, true, { status: 'alive' }),
    '/health/ready': sendReadiness,
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = request.url?.split('?', 1)[0] ?? ''
    const handler = path.startsWith('/health') && handlers[path]
    if (!handler) return false
    if (takesMethod(request, response)) handler(response)
    return true
  }
}

function send(response: ServerResponse, isHealthy: boolean, body: Readonly<Record<string, string>>): void {
  response.writeHead(isHealthy ? 200 : 503, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
