import type { IncomingMessage } from 'node:http'
import type { Actor } from '../core/token/history.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import { storedClient } from '../core/token/use-place.js'
import { requestIdOf } from './request-id.js'

type Via = NonNullable<Actor['via']>

/** A request whose `ip` is an address, or undefined. */
type AddressedRequest = Pick<IncomingMessage, 'headers'> & { readonly ip?: string | undefined }

/**
 * Returns the actor of a request, for the history and the audit trail.
 *
 * @param by the token of the request; or the name of a caller without one; absent for an unknown caller
 */
export function actorOf(request: AddressedRequest, via: Via, by: TokenRecord | string): Actor
export function actorOf(request: AddressedRequest, via: Via): Omit<Actor, 'username'>
export function actorOf(request: AddressedRequest, via: Via, by?: TokenRecord | string): Partial<Actor> {
  const { ip: address } = request
  const requestId = requestIdOf(request)
  const client = storedClient(request.headers['user-agent'])
  return {
    ...(typeof by === 'string' ? { username: by } : by && actingToken(by)),
    ...(address !== undefined && { address }),
    ...(requestId !== undefined && { requestId }),
    ...(client && { client }),
    via,
  }
}

function actingToken(token: TokenRecord) {
  const session = sessionOf(token)
  return { username: token.username, token: token.key, ...(session !== undefined && { session }) }
}

/** Returns the session of a token: itself, or its parent. Further up, the history names the parents one by one. */
function sessionOf({ type, key, parent, depth = 0 }: TokenRecord): TokenKey | undefined {
  if (type === 'session') return key
  return parent !== undefined && depth <= 1 && homeOf(parent) === 'redis' ? parent : undefined
}
