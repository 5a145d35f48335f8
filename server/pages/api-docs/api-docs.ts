import type { RequestHandler } from 'express'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { layoutOf } from '../shared/layout.js'
import type { ApiDocs } from './view-models.js'

/** Makes the documentation of the routes that have all words of a filter, with examples for a user. */
export type MakeDocs = (username: string, filter: string) => Omit<ApiDocs, 'layout' | 'query'>

/** Longer is no search. */
const MAX_QUERY = 100

/**
 * Serves `GET /auth/docs`, the API's documentation, without sign-in: it reveals the routes and no more.
 *
 * Our own page, and none of Scalar (983 KB compressed), Redoc (320 KB) or Elements (650 KB): our policy refuses their
 * inline styles, two of them ask other hosts, and none works without script or runs its examples. This one is a tenth of their size, and its maintenance is a view and the rules that make examples of schemas.
 */
export function apiDocsPage(pages: PageServices, docs: MakeDocs): RequestHandler {
  return async (request, response) => {
    const user = await signedInUser(pages, request)
    const query = typeof request.query.q === 'string' ? request.query.q.slice(0, MAX_QUERY).trim() : ''
    await pages.render(response, 'api-docs/api-docs', {
      layout: layoutOf(pages.context, user),
      query,
      ...docs(user?.session.username ?? 'ada', query),
    })
  }
}
