import { Router } from 'express'
import { Refusal } from '../core/refusal.js'
import type { Context } from '../stores/context.js'
import { getToken } from '../tokens/list.js'
import type { Uses } from '../tokens/uses.js'
import { adminRoutes } from './admin-routes.js'
import { beyondRoutes } from './beyond-routes.js'
import { sendRefusal } from './detail.js'
import { historyRoutes } from './history-routes.js'
import { loginRoute } from './login-route.js'
import { mount, route } from './route.js'
import { tokenInfo } from './token-info.js'
import { tokenRoutes } from './token-routes.js'
import { userInfo } from './user-info.js'

const tokenInfoRoute = route({
  method: 'get',
  path: '/token-info',
  access: {},
  async handle({ context, caller, response }) {
    if (!caller.token) return
    const { username, key } = caller.token
    const { lastUsed } = (await getToken(context, username, key)) ?? {}
    response.json(tokenInfo({ ...caller.token, ...(lastUsed && { lastUsed }) }))
  },
})

const userInfoRoute = route({
  method: 'get',
  path: '/user-info',
  access: {},
  async handle({ context, caller, response }) {
    response.json(await userInfo(context, caller.token ?? caller))
  },
})

/** `/auth/api/v1`, as Gafaelfawr's clients call it. */
export function apiRoutes(context: Context, uses: Uses): Router {
  const router = Router()
  mount(
    router,
    [loginRoute, tokenInfoRoute, userInfoRoute, ...tokenRoutes, ...historyRoutes, ...adminRoutes, ...beyondRoutes],
    context,
    uses,
  )
  router.use((_request, response) => sendRefusal(response, new Refusal('not_found')))
  return router
}
