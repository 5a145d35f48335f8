import type { RequestHandler } from 'express'
import { type Pages, personOf } from '../account/signed-in-user.js'
import { frameOf } from './layout.js'
import type { ApiDocs } from './view-models.js'

/** `GET /auth/docs`: the API, for people who write programs. It is for everybody: it tells what routes there are, and no more. */
export function docsPage(pages: Pages, docs: Omit<ApiDocs, 'frame'>): RequestHandler {
  return async (request, response) => {
    const frame = frameOf(pages.context, await personOf(pages, request))
    await pages.render(response, 'docs', { frame, ...docs })
  }
}
