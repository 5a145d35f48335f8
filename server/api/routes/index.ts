import { Router } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import type { Context } from '../../storage/context.js'
import type { RecordsUsage } from '../../tokens/usage-recorder.js'
import type { LimitsCalls } from '../call-limiter.js'
import { sendRefusal } from '../error-body.js'
import { mount, type Route } from '../route.js'
import { adminRoutes } from './admin.js'
import { auditRoutes } from './audit.js'
import { explainRoute } from './explain.js'
import { historyRoutes } from './history.js'
import { oidcClientRoutes } from './oidc-clients.js'
import { programGrantRoutes } from './program-grants.js'
import { programRoutes } from './programs.js'
import { loginRoute, selfRoutes } from './self.js'
import { suspensionRoutes } from './suspensions.js'
import { tokenExtensionRoutes } from './token-extensions.js'
import { tokenRoutes } from './tokens.js'

/** All routes below `/auth/api/v1`, in the order and under the headings of its documentation. */
export const API_ROUTES: Readonly<Record<string, readonly Route[]>> = {
  'Your identity': [loginRoute, ...selfRoutes],
  Tokens: [...tokenRoutes, ...tokenExtensionRoutes, ...suspensionRoutes],
  Explanations: [explainRoute],
  'Change history': historyRoutes,
  'Audit trail': auditRoutes,
  Programs: [...programRoutes, ...programGrantRoutes],
  'OpenID Connect clients': oidcClientRoutes,
  Administration: adminRoutes,
}

/** Serves `/auth/api/v1`, as Gafaelfawr's clients call it. */
export function apiRoutes(context: Context & RecordsUsage & LimitsCalls): Router {
  const router = Router()
  mount(router, Object.values(API_ROUTES).flat(), context)
  router.use((_request, response) => sendRefusal(response, new Refusal('not_found')))
  return router
}
