import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../../storage/context.js'

/** How long a store may take to answer before it counts as down. */
const PATIENCE_MS = 2_000

/**
 * `GET /health`: 200 when both stores answer, else 503 and which one does not; `memory` is `bypassed` while every check asks
 * the stores, because changes would not be heard of: slower, and just as right. `GET /health/live`: 200 from a process that
 * answers at all. `GET /health/ready`: 200 until it is about to stop, then 503; it asks no store, or the outage of one would
 * take every replica away, with what they can still check. False for any other request.
 */
export function health(context: Context, isLeaving: () => boolean = () => false) {
  async function tell(response: ServerResponse): Promise<void> {
    const [postgres, redis] = await Promise.all([
      answers(() => context.postgres.pool.query('SELECT 1')),
      answers(() => context.redis.ping()),
    ])
    const healthy = postgres && redis
    const word = (up: boolean) => (up ? 'up' : 'down')
    const status = healthy ? 'healthy' : 'unhealthy'
    const memory = context.tokenCache.isEnabled ? 'on' : 'bypassed'
    send(response, healthy, { status, postgres: word(postgres), redis: word(redis), memory })
  }

  function tellReadiness(response: ServerResponse): void {
    const leaving = isLeaving()
    send(response, !leaving, { status: leaving ? 'stopping' : 'ready' })
  }

  const tellers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
    '/health': tell,
    '/health/live': (response) => send(response, true, { status: 'alive' }),
    '/health/ready': tellReadiness,
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = request.url?.split('?', 1)[0] ?? ''
    if (!path.startsWith('/health') || !['GET', 'HEAD'].includes(request.method ?? '')) return false
    const teller = tellers[path]
    teller?.(response)
    return teller !== undefined
  }
}

function send(response: ServerResponse, well: boolean, body: Readonly<Record<string, string>>): void {
  response.writeHead(well ? 200 : 503, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, false)
  })
  const asked = ask().then(
    () => true,
    () => false,
  )
  const up = await Promise.race([asked, patience])
  clearTimeout(timer)
  return up
}
