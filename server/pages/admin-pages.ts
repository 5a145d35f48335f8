import { type RequestHandler, Router } from 'express'
import { isAdministrator, isProgramAdministrator, type Scope } from '../core/scope.js'
import { adminHistoryPages } from './admin-history-pages.js'
import { adminProgramPages } from './admin-program-pages.js'
import { adminRevokePages } from './admin-revoke-pages.js'
import { adminSearchPages } from './admin-search-pages.js'
import { adminServicePages } from './admin-service-pages.js'
import { adminUserPages } from './admin-user-pages.js'
import { type Pages, personOf } from './person.js'

/** The pages for administrators. The addresses of those within begin where this one ends. */
export function adminPages(pages: Pages): Router {
  const within = Router().use(
    adminSearchPages(pages),
    adminUserPages(pages),
    adminRevokePages(pages),
    adminServicePages(pages),
    adminHistoryPages(pages),
  )
  return Router()
    .use('/auth/admin', only(isProgramAdministrator, pages), adminProgramPages(pages))
    .use('/auth/admin', only(isAdministrator, pages), within)
}

/**
 * The one way in. Whoever has no session with the scope is passed on to whatever answers for an address that does not exist:
 * from the answer nobody learns that there is something here, nor which users or tokens there are. It stands before every
 * route, so that a page that is added later is behind it, too.
 */
function only(may: (scopes: readonly Scope[]) => boolean, pages: Pages): RequestHandler {
  return async (request, _response, next) => {
    const person = await personOf(pages, request)
    next(person && may(person.session.scopes) ? undefined : 'router')
  }
}
