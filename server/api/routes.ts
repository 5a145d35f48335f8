import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express'
import { REFUSALS, Refusal } from '../core/refusal.js'
import { homeOf } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { getRedisToken } from '../stores/redis-tokens.js'
import type { Uses } from '../tokens/uses.js'
import { forToken } from './credentials.js'
import { tokenInfo } from './token-info.js'
import { userInfo } from './user-info.js'

/** `/auth/api/v1`, as Gafaelfawr's clients call it. */
export function apiRoutes(context: Context, uses: Uses): Router {
  const router = Router()
  only(
    router,
    '/token-info',
    'GET',
    forToken(context, uses, async (_request, response, token) => {
      response.json(tokenInfo(await withLastUse(context, token)))
    }),
  )
  only(
    router,
    '/user-info',
    'GET',
    forToken(context, uses, async (_request, response, token) => {
      response.json(await userInfo(context, token.username))
    }),
  )
  router.use((_request, response) => sendRefusal(response, new Refusal('not_found')))
  return router
}

/** The last use of a token in Redis stands beside it; the check has no need of it and does not fetch it. */
async function withLastUse(context: Context, token: TokenRecord): Promise<TokenRecord> {
  if (homeOf(token.key) === 'postgres') return token
  const { lastUsed } = (await getRedisToken(context.redis, token.username, token.key)) ?? {}
  return { ...token, ...(lastUsed && { lastUsed }) }
}

/** A route for one method (and HEAD with GET); any other is told which. */
function only(router: Router, path: string, method: 'GET', handler: RequestHandler): void {
  router.get(path, handler)
  router.all(path, (_request: Request, response: Response, _next: NextFunction) => {
    response.set('Allow', method)
    sendRefusal(response, new Refusal('method_not_allowed'))
  })
}

/** A refusal as JSON. FastAPI, and so Gafaelfawr, answers an unknown route or method with a bare text as `detail`. */
export function sendRefusal(response: Response, refusal: Refusal): void {
  const bare = refusal.code === 'not_found' || refusal.code === 'method_not_allowed'
  const detail = bare ? REFUSALS[refusal.code].sentence : [{ msg: refusal.message, type: refusal.code }]
  response.status(refusal.status).set('Cache-Control', 'no-cache, no-store').json({ detail })
}
