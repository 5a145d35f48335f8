import { hasExpired } from '../core/lifetime.js'
import { homeOf, secretMatches, type Token } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { findSession } from '../stores/sessions.js'
import { findUserToken } from '../stores/user-tokens.js'

/**
 * Whose token this is, or nothing when it is unknown, has expired, was revoked, or its secret is wrong: the bearer is
 * told the same of all four. One look-up in one store: user tokens pass while Redis is down.
 *
 * @throws when that store does not answer
 */
export async function authenticate(context: Context, token: Token): Promise<TokenRecord | undefined> {
  const stored =
    homeOf(token.key) === 'redis'
      ? await findSession(context.redis, token.key)
      : await findUserToken(context.postgres, token.key)
  if (!stored || !secretMatches(token.secret, stored.secretHash)) return undefined
  return hasExpired(stored.record.expires, context.clock()) ? undefined : stored.record
}
