import type { Request, RequestHandler, Response } from 'express'
import { actorOf } from '../../authn/actor.js'
import { Refusal } from '../../core/access/refusal.js'
import { parseToken } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import type { NetworkThrottle } from '../../storage/redis/throttle.js'
import { findPresented } from '../../tokens/leaked/report.js'
import { atTheSameTime } from '../../tokens/leaked/same-time.js'
import { revokeToken } from '../../tokens/revoke.js'
import { fieldOf, readForm } from './form.js'

/**
 * Revokes a token for the caller that shows it whole (RFC 7009), with the tokens derived from it. What was made with it stays,
 * unlike after a report that it leaked: its owner is done with it. The answer is 200 for every text, and takes the same time.
 *
 * Clients that show a secret, and refresh tokens, are the provider's.
 */
export function revocation(context: Context, throttle: NetworkThrottle, forClients: RequestHandler): RequestHandler {
  const { oidcServer } = context.settings

  async function revoke(request: Request, response: Response): Promise<void> {
    response.set('Cache-Control', 'no-store')
    const presented = fieldOf(request, 'token')
    if (presented === '') {
      response.status(400).json({ error: 'invalid_request', error_description: "missing required parameter 'token'" })
      return
    }
    const wait = await throttle.count(request.ip)
    if (wait !== undefined) {
      response.status(429).set('Retry-After', String(wait))
      response.json({ error: 'slow_down', error_description: 'Too many tokens are revoked from this network' })
      return
    }
    await atTheSameTime(revokePresented(context, request, presented))
    response.status(200).end()
  }

  return (request, response, next) => {
    if (oidcServer.enabled && request.headers.authorization !== undefined)
      return void forClients(request, response, next)
    readForm(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error)
      const given = (name: string) => fieldOf(request, name) !== ''
      const isRefreshToken = given('client_id') && parseToken(fieldOf(request, 'token')) instanceof Refusal
      if (oidcServer.enabled && (given('client_secret') || isRefreshToken))
        return void forClients(request, response, next)
      revoke(request, response).catch(next)
    })
  }
}

async function revokePresented(context: Context, request: Request, presented: string): Promise<void> {
  const found = await findPresented(context, presented)
  if (found) await revokeToken(context, found.username, found.key, actorOf(request, 'api', found))
}
