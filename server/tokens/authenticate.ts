import { hasExpired } from '../core/lifetime.js'
import { hasTired } from '../core/lifetime-policy.js'
import { limitedBy, MAXIMUM_DEPTH } from '../core/lineage.js'
import { asOwnerStands } from '../core/standing.js'
import { homeOf, secretMatches, type Token, type TokenKey } from '../core/token.js'
import type { TokenRecord } from '../core/token-record.js'
import { findPerson } from '../people/directory.js'
import type { Context } from '../stores/context.js'
import { DirectoryUnavailable } from '../stores/ldap-error.js'
import { isOutage } from '../stores/outage.js'
import { findRedisToken } from '../stores/redis-tokens.js'
import type { StoredToken } from '../stores/stored-token.js'
import { findUserToken } from '../stores/user-tokens.js'
import { unlessIdle } from './session-use.js'
import { USE_LAG } from './uses.js'

/**
 * Whose token this is, or nothing when it is unknown, has expired, was not used for too long, was revoked, or its secret is wrong: the bearer is
 * told the same of all of them. A token answers for no more than its owner's standing allows now, and a delegated one for no
 * more than every token it came from; with one of them gone it is gone. Each look-up is in the one store that can have the
 * token: user tokens pass while Redis is down.
 *
 * @throws when that store does not answer
 */
export async function authenticate(context: Context, token: Token): Promise<TokenRecord | undefined> {
  const stored = await find(context, token.key)
  if (!stored || !secretMatches(token.secret, stored.secretHash)) return undefined
  return alive(context, stored.record, MAXIMUM_DEPTH)
}

function find(context: Context, key: TokenKey): Promise<StoredToken | undefined> {
  return homeOf(key) === 'redis' ? findRedisToken(context.redis, key) : findUserToken(context.postgres, key)
}

async function alive(context: Context, token: TokenRecord, depth: number): Promise<TokenRecord | undefined> {
  const now = context.clock()
  if (hasExpired(token.expires, now) || depth < 0) return undefined
  if (hasTired(token, context.settings.tokenPolicy, now, USE_LAG)) return undefined
  if (token.parent === undefined) {
    const used = await unlessIdle(context, token)
    return used && ofOwner(context, used)
  }
  const stored = await find(context, token.parent)
  const parent = stored && (await alive(context, stored.record, depth - 1))
  return parent && limitedBy(token, parent)
}

/**
 * A token as its owner stands now. A session also says by itself who its owner was when they signed in: while the database
 * is down, that has to do. While the directory is, it does not: what they were in then is what the directory may have ended.
 */
async function ofOwner(context: Context, token: TokenRecord): Promise<TokenRecord | undefined> {
  const { scopesFollowGroups, groupMapping } = context.settings
  try {
    const owner = await findPerson(context, token.username)
    return asOwnerStands(token, owner, scopesFollowGroups ? groupMapping : undefined)
  } catch (error) {
    if (homeOf(token.key) === 'redis' && isOutage(error) && !(error instanceof DirectoryUnavailable)) return token
    throw error
  }
}
