import { intersectWithParent, MAXIMUM_DEPTH } from '../core/token/ancestry.js'
import { isIdle } from '../core/token/idle-timeout.js'
import { applyOwner } from '../core/token/owner-limits.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf, isIssuedHere, type TokenKey } from '../core/token/token.js'
import { findPerson } from '../people/find-person.js'
import type { CacheLookup, StoredToken } from '../storage/cache/cached-token.js'
import type { Reader, ResolvedToken } from '../storage/cache/token-cache.js'
import { personTopic, type Topic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { findPostgresToken } from '../storage/postgres/tokens.js'
import { findRedisToken } from '../storage/redis/tokens.js'
import { anyRevoked } from '../storage/revocations.js'
import { isUnavailable, LdapUnavailable } from '../storage/unavailable.js'
import { dropIfIdle } from './idle-timeout.js'
import { USAGE_WRITE_LAG } from './usage-recorder.js'

/** What is remembered of a token, without waiting for anything. */
export type ResolveToken = (key: TokenKey) => ResolvedToken

export function resolveUncached(context: Context): ResolveToken {
  const read = readerOf(context)
  return (key) => {
    const found = context.tokenCache.find(key, read)
    return typeof found === 'object' && mayBeIdle(context, found) ? undefined : found
  }
}

/**
 * A token as it stands now, from memory or from the stores: limited by its owner's standing and by every token that it came
 * from; nothing when one of them has ended. Its expiry is the caller's to look at.
 *
 * @throws when a store that has to be asked does not answer
 */
export async function resolveToken(context: Context, key: TokenKey): Promise<StoredToken | undefined> {
  const { tokenCache: memory } = context
  const found = await memory.resolve(key, readerOf(context))
  if (!found || !mayBeIdle(context, found)) return found
  memory.invalidate([key])
  return memory.resolve(key, readerOf(context))
}

/** By what was known when it was read; it may have been used since. */
function mayBeIdle({ clock }: Context, { record: { idle } }: CacheLookup): boolean {
  return idle !== undefined && isIdle(idle.at, clock(), USAGE_WRITE_LAG)
}

function readerOf(context: Context): Reader {
  return (key, restOn) => read(context, key, restOn)
}

/** A token on the way to being finished. */
interface ReadScope {
  readonly context: Context
  readonly restOn: (topic: Topic) => void
  /** Those of it and its ancestors that live in Redis. */
  readonly inRedis: TokenKey[]
}

async function read(context: Context, key: TokenKey, restOn: (topic: Topic) => void): Promise<CacheLookup | undefined> {
  if (!isIssuedHere(context.keys.tokenKeys, key) && !(await context.unsealedKeys.exists(key))) return undefined
  const reading: ReadScope = { context, restOn, inRedis: [] }
  const stored = await find(reading, key)
  const finished = stored && (await finish(reading, stored.record, MAXIMUM_DEPTH))
  if (!finished) return undefined
  // Other processes go on using it: when it was last used is for the stores to say.
  const { lastUsed: _elsewhere, usedBelow: _too, ...record } = finished.record
  return { ...finished, record, digest: stored.digest }
}

/** Each look-up is in the one store that can have the token: user tokens pass while Redis is down. */
function find({ context, inRedis }: ReadScope, key: TokenKey): Promise<StoredToken | undefined> {
  if (homeOf(key) === 'postgres') return findPostgresToken(context.postgres, key)
  inRedis.push(key)
  return findRedisToken(context.redis, key)
}

type ResolvedRecord = Omit<CacheLookup, 'digest'>

async function finish(reading: ReadScope, token: TokenRecord, depth: number): Promise<ResolvedRecord | undefined> {
  if (depth < 0) return undefined
  if (token.parent === undefined) {
    const used = await dropIfIdle(reading.context, token)
    return used && withOwnerApplied(reading, used)
  }
  reading.restOn(token.parent)
  const stored = await find(reading, token.parent)
  const parent = stored && (await finish(reading, stored.record, depth - 1))
  return parent && { ...parent, record: intersectWithParent(token, parent.record) }
}

/**
 * A token as its owner stands now, unless it or one that came from it was ended: Redis may have come back without knowing.
 * A session also says by itself who its owner was when they signed in. While the database is down that has to do, as long
 * as Redis is known to be the one that was told of every end. While the directory is, it does not: what they were in then is
 * what the directory may have ended.
 */
async function withOwnerApplied(
  { context, restOn, inRedis }: ReadScope,
  token: TokenRecord,
): Promise<ResolvedRecord | undefined> {
  const { postgres, settings, tokenCache: memory } = context
  restOn(personTopic(token.username))
  try {
    const [owner, ended] = await Promise.all([
      findPerson(context, token.username),
      inRedis.length > 0 && anyRevoked(postgres, inRedis),
    ])
    if (ended) return undefined
    const record = applyOwner(token, owner, settings.scopesFollowGroups ? settings.groupMapping : undefined)
    return record && { record }
  } catch (error) {
    const isDatabase = isUnavailable(error) && !(error instanceof LdapUnavailable)
    if (isDatabase && homeOf(token.key) === 'redis' && memory.isEnabled) return { record: token, provisional: true }
    throw error
  }
}
