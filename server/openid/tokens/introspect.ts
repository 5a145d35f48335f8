import type { Request, RequestHandler, Response } from 'express'
import { authenticateRequest } from '../../authn/authenticate-request.js'
import { errorHeaders, ownChallengingSite } from '../../authn/error-response.js'
import { Refusal } from '../../core/access/refusal.js'
import type { TokenRecord } from '../../core/token/record.js'
import { ADMIN_USERINFO } from '../../core/token/scope.js'
import { parseToken } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { authenticate } from '../../tokens/authenticate.js'
import { issuerOf } from '../metadata.js'
import { fieldOf, readForm } from './form.js'

/**
 * Says of any token of this site whether it is valid, and what it may do (RFC 7662), to callers with `admin:userinfo`. Of a token
 * that is not valid, and to callers without the scope, it says `{"active": false}` and no more. Clients that show a secret of
 * their own are the provider's.
 */
export function introspection(context: Context, forClients: RequestHandler): RequestHandler {
  const { settings } = context

  async function answer(request: Request, response: Response, caller: TokenRecord): Promise<void> {
    response.set('Cache-Control', 'no-store')
    const presented = fieldOf(request, 'token')
    if (presented === '') {
      response.status(400).json({ error: 'invalid_request', error_description: "missing required parameter 'token'" })
      return
    }
    const token = caller.scopes.includes(ADMIN_USERINFO) ? parseToken(presented) : new Refusal('permission_denied')
    const record = token instanceof Refusal ? undefined : await authenticate(context, token)
    response.json(record instanceof Refusal || !record ? { active: false } : describe(record, settings))
  }

  return async (request, response, next) => {
    const { authorization } = request.headers
    const caller = authorization === undefined ? undefined : await authenticateRequest(context, { authorization })
    if (caller !== undefined && !(caller instanceof Refusal)) {
      readForm(request, response, (error?: unknown) =>
        error === undefined ? void answer(request, response, caller.token).catch(next) : next(error),
      )
      return
    }
    const isBearer = /^bearer /i.test(authorization ?? '')
    if (settings.oidcServer.enabled && !isBearer) return void forClients(request, response, next)
    const refusal = caller ?? new Refusal('no_authorization')
    const headers = errorHeaders(refusal, { authType: 'bearer', site: ownChallengingSite(settings, request) })
    response.set(headers as Record<string, string>).status(401)
    response.json({ error: caller ? 'invalid_token' : 'invalid_client', error_description: refusal.message })
  }
}

function describe(record: TokenRecord, settings: Context['settings']) {
  const { key, username, type, scopes, created, expires, service, restriction } = record
  return {
    active: true,
    scope: scopes.join(' '),
    ...(type === 'oidc' && service !== undefined && { client_id: service }),
    username,
    sub: username,
    token_type: 'Bearer',
    ...(expires !== undefined && { exp: expires }),
    iat: created,
    iss: issuerOf(settings),
    jti: key,
    // Not of the standard: the check refuses the token elsewhere, and so must a service that asks here.
    ...(restriction?.networks && { networks: restriction.networks }),
    ...(restriction?.services && { services: restriction.services }),
  }
}
