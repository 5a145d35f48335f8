import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from '../stores/context.js'

/** How long a store may take to answer before it counts as down. */
const PATIENCE_MS = 2_000

/**
 * `GET /health`: 200 when both stores answer, else 503 and which one does not. `memory` is `bypassed` while every check asks
 * the stores, because changes would not be heard of: slower, and just as right. False for any other request.
 */
export function health(context: Context) {
  async function tell(response: ServerResponse): Promise<void> {
    const [postgres, redis] = await Promise.all([
      answers(() => context.postgres.pool.query('SELECT 1')),
      answers(() => context.redis.ping()),
    ])
    const healthy = postgres && redis
    const word = (up: boolean) => (up ? 'up' : 'down')
    const body = {
      status: healthy ? 'healthy' : 'unhealthy',
      postgres: word(postgres),
      redis: word(redis),
      memory: context.memory.isTrusted ? 'on' : 'bypassed',
    }
    response.writeHead(healthy ? 200 : 503, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' })
    response.end(JSON.stringify(body))
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const isOurs = request.url?.split('?', 1)[0] === '/health' && ['GET', 'HEAD'].includes(request.method ?? '')
    if (isOurs) void tell(response)
    return isOurs
  }
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
