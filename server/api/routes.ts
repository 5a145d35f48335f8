import { Router } from 'express'
import { Refusal } from '../core/refusal.js'
import type { Context } from '../stores/context.js'
import type { Uses } from '../tokens/uses.js'
import { adminRoutes } from './admin-routes.js'
import { beyondRoutes } from './beyond-routes.js'
import { sendRefusal } from './detail.js'
import { historyRoutes } from './history-routes.js'
import { infoRoutes } from './info-routes.js'
import { loginRoute } from './login-route.js'
import { programGrantRoutes } from './program-grant-routes.js'
import { programRoutes } from './program-routes.js'
import { mount, type Route } from './route.js'
import { tokenRoutes } from './token-routes.js'

/** Every route below `/auth/api/v1`, in the order and under the headings of its documentation. */
export const API_ROUTES: Readonly<Record<string, readonly Route[]>> = {
  'Whoever calls': [loginRoute, ...infoRoutes],
  Tokens: [...tokenRoutes, ...beyondRoutes],
  'Change history': historyRoutes,
  Programs: [...programRoutes, ...programGrantRoutes],
  Administration: adminRoutes,
}

/** `/auth/api/v1`, as Gafaelfawr's clients call it. */
export function apiRoutes(context: Context, uses: Uses): Router {
  const router = Router()
  mount(router, Object.values(API_ROUTES).flat(), context, uses)
  router.use((_request, response) => sendRefusal(response, new Refusal('not_found')))
  return router
}
