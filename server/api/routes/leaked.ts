import express, { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import type { Context } from '../../storage/context.js'
import type { NetworkThrottle } from '../../storage/redis/throttle.js'
import { reportLeaked } from '../../tokens/leaked/report.js'
import { atTheSameTime } from '../../tokens/leaked/same-time.js'
import { detailsOf, sendDetails, sendRefusal } from '../error-body.js'

/** The answer to every report, so that it tells nothing about the token. */
const RECEIVED = { msg: 'If this was a valid token of this site, it is revoked now, and its owner is told' }

const report = z.object({ token: z.string().max(1000) })

/** Serves `POST /auth/leaked` for JSON. The page of the same address takes every other kind of body. */
export function leakedRoute(context: Context, throttle: NetworkThrottle): Router {
  async function take(request: Request, response: Response): Promise<void> {
    const wait = await throttle.count(request.ip)
    if (wait !== undefined) {
      response.set('Retry-After', String(wait))
      return sendRefusal(response, new Refusal('rate_limited'))
    }
    const body = report.safeParse(request.body)
    if (!body.success) {
      // Without the input: it may have a token in it.
      const details = detailsOf(body.error, 'body', request.body).map(({ input: _input, ...detail }) => detail)
      return sendDetails(response, 422, details)
    }
    await atTheSameTime(reportLeaked(context, { text: body.data.token, from: actorOf(request, 'api') }))
    response.set('Cache-Control', 'no-store').json(RECEIVED)
  }

  const router = Router()
  const readJson = express.json({ limit: '4kb', strict: false, type: 'application/json' })
  router.post('/auth/leaked', readJson, (request, response, next) =>
    request.is('application/json') ? take(request, response) : next(),
  )
  return router
}
