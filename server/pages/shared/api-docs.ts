import type { RequestHandler } from 'express'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { layoutOf } from './layout.js'
import type { ApiDocs } from './view-models.js'

/** Serves `GET /auth/docs`, the API's documentation, without sign-in: it reveals the routes and no more. */
export function apiDocsPage(pages: PageServices, docs: () => Omit<ApiDocs, 'layout'>): RequestHandler {
  return async (request, response) => {
    const layout = layoutOf(pages.context, await signedInUser(pages, request))
    await pages.render(response, 'api-docs/api-docs', { layout, ...docs() })
  }
}
