import type { Request, Response } from 'express'
import type { Context } from '../stores/context.js'

/** How long a store may take to answer before it counts as down. */
const PATIENCE_MS = 2_000

/** `GET /health`: 200 when both stores answer, else 503 and which one does not. */
export function health(context: Context) {
  return async (_request: Request, response: Response): Promise<void> => {
    const [postgres, redis] = await Promise.all([
      answers(() => context.postgres.pool.query('SELECT 1')),
      answers(() => context.redis.ping()),
    ])
    const healthy = postgres && redis
    const word = (up: boolean) => (up ? 'up' : 'down')
    response
      .status(healthy ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status: healthy ? 'healthy' : 'unhealthy', postgres: word(postgres), redis: word(redis) })
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
