import { MAXIMUM_DEPTH } from '../core/token/ancestry.js'
import { isIdle } from '../core/token/idle-timeout.js'
import { type OwnerFacts, resolve } from '../core/token/resolve.js'
import { homeOf, isIssuedHere, type TokenKey } from '../core/token/token.js'
import { findPerson } from '../people/find-person.js'
import type { CacheLookup, StoredToken } from '../storage/cache/cached-token.js'
import type { Reader, ResolvedToken } from '../storage/cache/token-cache.js'
import { personTopic, type Topic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { findPostgresToken, type OwnedToken } from '../storage/postgres/find-token.js'
import type { MarkedToken } from '../storage/redis/tokens.js'
import { anyRefused } from '../storage/revocations.js'
import { isUnavailable, LdapUnavailable } from '../storage/unavailable.js'
import { idleEndOf } from './idle-timeout.js'
import { USAGE_WRITE_LAG } from './usage-recorder.js'

/** Resolves a token from the cache alone, without waiting. */
export type ResolveToken = (key: TokenKey) => ResolvedToken

export function resolveFromCache(context: Context): ResolveToken {
  const read = readerOf(context)
  return (key) => {
    const cached = context.tokenCache.find(key, read)
    return typeof cached === 'object' && mayBeIdle(context, cached) ? undefined : cached
  }
}

/**
 * Resolves a token to its effective record, from the cache or the stores. Returns undefined when it is not
 * valid. Its expiry is checked by the caller.
 *
 * @throws when a store that has to be read does not answer
 */
export async function resolveToken(context: Context, key: TokenKey): Promise<StoredToken | undefined> {
  const { tokenCache } = context
  const resolved = await tokenCache.resolve(key, readerOf(context))
  if (!resolved || !mayBeIdle(context, resolved)) return resolved
  tokenCache.invalidate([key])
  return tokenCache.resolve(key, readerOf(context))
}

/** Whether a cached token would be idle if it had no use since it was read. */
function mayBeIdle({ clock }: Context, { record: { idle } }: CacheLookup): boolean {
  return idle !== undefined && isIdle(idle.at, clock(), USAGE_WRITE_LAG)
}

function readerOf(context: Context): Reader {
  return (key, dependOn) => read(context, key, dependOn)
}

/** Loads the facts about a token, and judges it by them. */
async function read(
  context: Context,
  key: TokenKey,
  dependOn: (topic: Topic) => void,
): Promise<CacheLookup | undefined> {
  context.restoreLock.refuse()
  if (!isIssuedHere(context.keys.tokenKeys, key) && !(await mayBeImported(context, key))) return undefined
  const stored = await loadChain(context, key, dependOn)
  const [token, root] = [stored[0], stored.at(-1)]
  if (!token || !root || root.record.parent !== undefined) return undefined
  const idleEnd = await idleEndOf(context, root.record)
  const now = context.clock()
  // An idle token is refused without its owner, also while the database is down.
  if (isIdle(idleEnd, now, USAGE_WRITE_LAG)) return undefined
  const chain = stored.map(({ record }) => record)
  dependOn(personTopic(root.record.username))
  const owner = await loadOwner(context, stored, root)
  const { settings } = context
  const mapping = settings.scopesFollowGroups ? settings.groupMapping : undefined
  const isMarked = stored.some((each) => each.isMarked)
  const resolved = resolve({ chain, idleEnd, owner, isMarked }, { now, usageLag: USAGE_WRITE_LAG, mapping })
  if (!resolved) return undefined
  // The rows of one statement have the token and its owner, and time does not change what they say.
  const isTold = stored.length === 1 && idleEnd === undefined && !context.ldap && token.version !== undefined
  return { ...resolved, digest: token.digest, ...(isTold && { version: token.version }) }
}

/** Whether a key without a MAC of this site may be valid. Only user and service tokens are imported, or outlive their secret. */
async function mayBeImported({ unsealedKeys }: Context, key: TokenKey): Promise<boolean> {
  return homeOf(key) === 'postgres' && unsealedKeys.exists(key)
}

/** Loads a token and its ancestors, the token first; ends early where one is missing. */
async function loadChain(
  context: Context,
  key: TokenKey,
  dependOn: (topic: Topic) => void,
): Promise<readonly Loaded[]> {
  const chain: Loaded[] = []
  for (let next: TokenKey | undefined = key; next !== undefined && chain.length <= MAXIMUM_DEPTH; ) {
    if (next !== key) dependOn(next)
    const stored: Loaded | undefined = await find(context, next)
    if (!stored) return chain
    chain.push(stored)
    next = stored.record.parent
  }
  return chain
}

/** A token; with its owner, where one statement brings both. */
type Loaded = MarkedToken & Partial<Pick<OwnedToken, 'owner' | 'version'>>

/** Reads only the store that can have the token, so that user tokens are valid while Redis is down. */
function find(context: Context, key: TokenKey): Promise<Loaded | undefined> {
  return homeOf(key) === 'postgres' ? findPostgresToken(context.postgres, key) : context.markedTokens.find(key)
}

/**
 * Loads the owner, and the revocations and suspensions of the tokens in Redis: Redis may have come back without its last writes. Without the
 * database the record of a session has to do, as long as Redis is known to have every revocation and suspension. Without LDAP it does not:
 * the groups at sign-in are those that LDAP may have taken away since.
 *
 * @throws when a source that is needed does not answer
 */
async function loadOwner(context: Context, chain: readonly Loaded[], root: Loaded): Promise<OwnerFacts> {
  const { postgres, tokenCache } = context
  const { username, key: rootKey } = root.record
  const inRedis = chain.map(({ record }) => record.key).filter((key) => homeOf(key) === 'redis')
  try {
    const [person, refused] = await Promise.all([
      findPerson(context, username, { rows: root.owner }),
      inRedis.length > 0 && anyRefused(postgres, inRedis),
    ])
    return { is: 'known', person, anyRefused: refused }
  } catch (error) {
    const isDatabase = isUnavailable(error) && !(error instanceof LdapUnavailable)
    if (isDatabase && homeOf(rootKey) === 'redis' && tokenCache.isEnabled) return { is: 'unavailable' }
    throw error
  }
}
