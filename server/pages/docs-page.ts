import type { RequestHandler } from 'express'
import { frameOf } from './frame.js'
import type { ApiDocs } from './models.js'
import { type Pages, personOf } from './person.js'

/** `GET /auth/docs`: the API, for people who write programs. It is for everybody: it tells what routes there are, and no more. */
export function docsPage(pages: Pages, docs: Omit<ApiDocs, 'frame'>): RequestHandler {
  return async (request, response) => {
    const frame = frameOf(pages.context, await personOf(pages, request))
    await pages.render(response, 'docs', { frame, ...docs })
  }
}
