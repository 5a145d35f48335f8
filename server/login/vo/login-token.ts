import type { Refusal } from '../../core/access/refusal.js'
import { loginNetwork } from '../../core/access/vo/login-network.js'
import { voScopes } from '../../core/access/vo/scopes.js'
import type { Actor } from '../../core/token/history.js'
import type { Token } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { delegate } from '../../tokens/delegate.js'
import type { ParentToken } from './parent-token.js'

/** The service that tokens of the login are made for: users see it in their lists, and no location asks for it. */
export const VO_SERVICE = 'vo-login'

/**
 * Returns the token that a login answers with: an internal one, so that it is no session, can make no token, and ends with its
 * parent in every process at once. Logins with one token get the same child for a while, so that a script in a loop leaves one.
 *
 * With `ivoa_bearer` it is bound to the network of the login. A cookie needs no such bound: clients send it to our hosts alone.
 */
export function loginToken(context: Context, parent: ParentToken, actor: Actor): Promise<Token | Refusal> {
  const { voLogin, knownScopes } = context.settings
  const network = voLogin.bearer ? loginNetwork(actor.address) : undefined
  const scopes = voScopes(parent.scopes, knownScopes)
  return delegate(
    context,
    parent,
    { type: 'internal', service: VO_SERVICE, scopes },
    { lifetime: voLogin.lifetime, networks: network === undefined ? undefined : [network], actor },
  )
}
