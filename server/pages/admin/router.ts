import { type RequestHandler, type Response, Router } from 'express'
import { otherMethods } from '../../authn/other-methods.js'
import { Refusal } from '../../core/access/refusal.js'
import { isAdministrator, isClientAdministrator, isProgramAdministrator, type Scope } from '../../core/token/scope.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { adminAccountActPages } from './accounts/acts.js'
import { adminAccountPages } from './accounts/list.js'
import { adminAuditPages } from './audit/audit.js'
import { adminHistoryPages } from './history.js'
import { adminIdentityPages } from './identities.js'
import { adminIncidentActPages } from './incident/act.js'
import { adminIncidentPages } from './incident/incident.js'
import { adminLockdownPages } from './lockdown.js'
import { adminClientPages } from './oidc-clients.js'
import { adminOverviewPages } from './overview/overview.js'
import { adminProgramPages } from './program-search.js'
import { adminReviewPage } from './review.js'
import { adminRevokePages } from './revoke.js'
import { adminSearchPages } from './search/search.js'
import { adminTokenPages } from './search/token.js'
import { adminServicePages } from './service-tokens.js'
import { adminSuspensionPages } from './suspension.js'
import { adminUserPages } from './user.js'

/** The pages for administrators. The addresses of those within begin where this one ends. */
export function adminPages(pages: PageServices): Router {
  const within = Router().use(
    // An address of the former search is the search's; without one, it is the overview.
    adminSearchPages(pages),
    adminOverviewPages(pages),
    adminTokenPages(pages),
    adminUserPages(pages),
    adminAccountPages(pages),
    adminAccountActPages(pages),
    adminRevokePages(pages),
    adminSuspensionPages(pages),
    adminIncidentPages(pages),
    adminIncidentActPages(pages),
    adminServicePages(pages),
    adminReviewPage(pages),
    adminIdentityPages(pages),
    adminLockdownPages(pages),
    adminHistoryPages(pages),
    adminAuditPages(pages),
  )
  const programs = adminProgramPages(pages)
  const clients = pages.context.settings.oidcServer.enabled ? [adminClientPages(pages)] : []
  const refuse = (response: Response) => showRefusal(pages, response, new Refusal('method_not_allowed'))
  // Each has a router of its own, which a request without the scope passes by.
  const guarded = (may: (scopes: readonly Scope[]) => boolean, routes: readonly Router[]) =>
    Router().use(only(may, pages), ...routes, otherMethods(routes, refuse))
  return Router().use(
    '/auth/admin',
    guarded(isProgramAdministrator, [programs]),
    guarded(isClientAdministrator, clients),
    guarded(isAdministrator, [within]),
  )
}

/**
 * Guards every administrators' page. It stands before all routes, so that pages that are added later are guarded, too.
 *
 * Attack: a user probes for pages, users or tokens. A request without the scope gets the response of an address that does
 * not exist, which reveals none of them.
 */
function only(may: (scopes: readonly Scope[]) => boolean, pages: PageServices): RequestHandler {
  return async (request, _response, next) => {
    const user = await signedInUser(pages, request)
    next(user && may(user.session.scopes) ? undefined : 'router')
  }
}
