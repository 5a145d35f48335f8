import type { Request, RequestHandler, Response } from 'express'
import { identify } from '../check/identify.js'
import { refusalBody, refusalHeaders, wrappedStatus } from '../check/refusal-form.js'
import { Refusal } from '../core/refusal.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import type { Uses } from '../tokens/uses.js'

type TokenHandler = (request: Request, response: Response, token: TokenRecord) => Promise<void>

/** A route for whoever presents a valid token; anybody else gets the challenge, and the route does not run. */
export function forToken(context: Context, uses: Uses, handler: TokenHandler): RequestHandler {
  const refused = { authType: 'bearer', realm: context.settings.baseUrl.hostname } as const
  return async (request, response) => {
    const identified = await identify(context, request.headers)
    if (identified instanceof Refusal) {
      response.status(wrappedStatus(identified)).set(refusalHeaders(identified, refused) as Record<string, string>)
      response.type('json').send(refusalBody(identified))
      return
    }
    uses.note(identified.token, context.clock(), request.ip, request.headers['user-agent'])
    response.set('Cache-Control', 'no-cache, no-store')
    await handler(request, response, identified.token)
  }
}
