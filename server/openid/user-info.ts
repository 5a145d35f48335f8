import type { RequestHandler } from 'express'
import { authenticateRequest } from '../authn/authenticate-request.js'
import { errorBody, errorHeaders, ownChallengingSite } from '../authn/error-response.js'
import { Refusal } from '../core/access/refusal.js'
import type { Context } from '../storage/context.js'
import { claimsOf } from './account.js'

/**
 * Answers services that show the token which they were given for a user, as Gafaelfawr does: they get all claims. A token of
 * another type is refused here; the provider answers for its own.
 */
export function beforeUserInfo(context: Context): RequestHandler {
  return async (request, response, next) => {
    const { authorization } = request.headers
    const identified = authorization ? await authenticateRequest(context, { authorization }) : undefined
    if (identified === undefined || identified instanceof Refusal || identified.token.type === 'oidc') return next()
    const { token } = identified
    // One that was exchanged for was made for no service.
    if (token.type === 'internal' && token.service !== undefined) {
      response.set('Cache-Control', 'no-store').json(await claimsOf(context, token))
      return
    }
    const refusal = new Refusal('invalid_token', `Token of type ${token.type} not allowed`)
    const headers = errorHeaders(refusal, { authType: 'bearer', site: ownChallengingSite(context.settings, request) })
    response.status(refusal.status).set(headers as Record<string, string>)
    response.type('json').send(errorBody(refusal))
  }
}
