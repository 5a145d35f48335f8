import type { EpochSeconds } from '../core/time.js'
import { hasExpired } from '../core/token/lifetime.js'
import type { TokenRecord } from '../core/token/record.js'
import { secretMatches, type Token } from '../core/token/token.js'
import type { StoredToken } from '../storage/cache/cached-token.js'
import type { Context } from '../storage/context.js'
import { resolveToken } from './resolve.js'

/**
 * Whose token this is, or nothing when it is unknown, has expired, was not used for too long, was revoked, or its secret is
 * wrong: the bearer is told the same of all of them. A token answers for no more than its owner's standing allows now, and a delegated one for no
 * more than every token it came from; with one of them gone it is gone.
 *
 * @throws when a store that has to be asked does not answer
 */
export async function authenticate(context: Context, token: Token): Promise<TokenRecord | undefined> {
  const found = await resolveToken(context, token.key)
  return found && verifyToken(token, found, context.clock()) ? found.record : undefined
}

/** Whether this is the whole token, and it has not run out. */
export function verifyToken(token: Token, { record, digest }: StoredToken, now: EpochSeconds): boolean {
  return secretMatches(token.secret, digest) && !hasExpired(record.expires, now)
}
