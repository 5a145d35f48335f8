import type { RequestHandler } from 'express'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { layoutOf } from './layout.js'
import type { ApiDocs } from './view-models.js'

/** `GET /auth/docs`: the API, for people who write programs. It is for everybody: it tells what routes there are, and no more. */
export function apiDocsPage(pages: PageServices, docs: Omit<ApiDocs, 'frame'>): RequestHandler {
  return async (request, response) => {
    const frame = layoutOf(pages.context, await signedInUser(pages, request))
    await pages.render(response, 'api-docs/api-docs', { frame, ...docs })
  }
}
