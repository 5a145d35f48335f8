import { limitedBy, MAXIMUM_DEPTH } from '../core/token/ancestry.js'
import { isIdle } from '../core/token/idle-timeout.js'
import { asOwnerStands } from '../core/token/owner-limits.js'
import type { TokenRecord } from '../core/token/record.js'
import { homeOf, isMintedWith, type TokenKey } from '../core/token/token.js'
import { findPerson } from '../people/find-person.js'
import type { Finding, StoredToken } from '../storage/cache/cached-token.js'
import { personTopic, type Topic } from '../storage/cache/dependencies.js'
import type { Found, Reader } from '../storage/cache/token-cache.js'
import type { Context } from '../storage/context.js'
import { findUserToken } from '../storage/postgres/tokens.js'
import { findRedisToken } from '../storage/redis/tokens.js'
import { anyRevoked } from '../storage/revocations.js'
import { DirectoryUnavailable, isOutage } from '../storage/unavailable.js'
import { unlessIdle } from './idle-timeout.js'
import { USE_LAG } from './usage-recorder.js'

/** What is remembered of a token, without waiting for anything. */
export type Recall = (key: TokenKey) => Found

export function recallNow(context: Context): Recall {
  const read = readerOf(context)
  return (key) => {
    const found = context.memory.find(key, read)
    return typeof found === 'object' && mayBeIdle(context, found) ? undefined : found
  }
}

/**
 * A token as it stands now, from memory or from the stores: limited by its owner's standing and by every token that it came
 * from; nothing when one of them has ended. Its expiry is the caller's to look at.
 *
 * @throws when a store that has to be asked does not answer
 */
export async function recall(context: Context, key: TokenKey): Promise<StoredToken | undefined> {
  const { memory } = context
  const found = await memory.recall(key, readerOf(context))
  if (!found || !mayBeIdle(context, found)) return found
  memory.forget([key])
  return memory.recall(key, readerOf(context))
}

/** By what was known when it was read; it may have been used since. */
function mayBeIdle({ clock }: Context, { record: { idle } }: Finding): boolean {
  return idle !== undefined && isIdle(idle.at, clock(), USE_LAG)
}

function readerOf(context: Context): Reader {
  return (key, restOn) => read(context, key, restOn)
}

/** A token on the way to being finished. */
interface Reading {
  readonly context: Context
  readonly restOn: (topic: Topic) => void
  /** Those of it and its ancestors that live in Redis. */
  readonly inRedis: TokenKey[]
}

async function read(context: Context, key: TokenKey, restOn: (topic: Topic) => void): Promise<Finding | undefined> {
  if (!isMintedWith(context.keys.tokenKeys, key) && !(await context.strangeKeys.exists(key))) return undefined
  const reading: Reading = { context, restOn, inRedis: [] }
  const stored = await find(reading, key)
  const finished = stored && (await finish(reading, stored.record, MAXIMUM_DEPTH))
  if (!finished) return undefined
  // Other processes go on using it: when it was last used is for the stores to say.
  const { lastUsed: _elsewhere, usedBelow: _too, ...record } = finished.record
  return { ...finished, record, digest: stored.digest }
}

/** Each look-up is in the one store that can have the token: user tokens pass while Redis is down. */
function find({ context, inRedis }: Reading, key: TokenKey): Promise<StoredToken | undefined> {
  if (homeOf(key) === 'postgres') return findUserToken(context.postgres, key)
  inRedis.push(key)
  return findRedisToken(context.redis, key)
}

type Finished = Omit<Finding, 'digest'>

async function finish(reading: Reading, token: TokenRecord, depth: number): Promise<Finished | undefined> {
  if (depth < 0) return undefined
  if (token.parent === undefined) {
    const used = await unlessIdle(reading.context, token)
    return used && asItStands(reading, used)
  }
  reading.restOn(token.parent)
  const stored = await find(reading, token.parent)
  const parent = stored && (await finish(reading, stored.record, depth - 1))
  return parent && { ...parent, record: limitedBy(token, parent.record) }
}

/**
 * A token as its owner stands now, unless it or one that came from it was ended: Redis may have come back without knowing.
 * A session also says by itself who its owner was when they signed in. While the database is down that has to do, as long
 * as Redis is known to be the one that was told of every end. While the directory is, it does not: what they were in then is
 * what the directory may have ended.
 */
async function asItStands({ context, restOn, inRedis }: Reading, token: TokenRecord): Promise<Finished | undefined> {
  const { postgres, settings, memory } = context
  restOn(personTopic(token.username))
  try {
    const [owner, ended] = await Promise.all([
      findPerson(context, token.username),
      inRedis.length > 0 && anyRevoked(postgres, inRedis),
    ])
    if (ended) return undefined
    const record = asOwnerStands(token, owner, settings.scopesFollowGroups ? settings.groupMapping : undefined)
    return record && { record }
  } catch (error) {
    const isDatabase = isOutage(error) && !(error instanceof DirectoryUnavailable)
    if (isDatabase && homeOf(token.key) === 'redis' && memory.isTrusted) return { record: token, provisional: true }
    throw error
  }
}
