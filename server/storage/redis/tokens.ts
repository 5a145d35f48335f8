import type { EpochSeconds } from '../../core/time.js'
import type { TokenRecord, Use } from '../../core/token/record.js'
import { verifiedRecord, withRecordMac } from '../../core/token/record-mac.js'
import { digestOfBytes, type TokenKey } from '../../core/token/token.js'
import type { Keys } from '../../settings/keys.js'
import { Batches, eachAlone } from '../batches.js'
import type { StoredToken } from '../cache/cached-token.js'
import { isCluster, type RedisClient } from './client.js'
import { suspendedAt } from './suspension-marks.js'

/*
 * The keys of tokens that live in Redis, of every type:
 *
 * postern:token:{<key>}             JSON with a MAC, gone when the token expires
 * postern:token-use:{<key>}         JSON of its last use, likewise
 * postern:token-use-below:{<key>}   of a session: JSON of the last use of a token delegated from it, likewise
 *
 * The braces are literal: a Redis Cluster stores keys with the same word in braces in one slot.
 */
export const tokenAt = (key: TokenKey) => `postern:token:{${key}}`
export const useAt = (key: TokenKey) => `postern:token-use:{${key}}`
/** Apart from a session's own uses, whose address and browser its owner sees. */
const belowAt = (key: TokenKey) => `postern:token-use-below:{${key}}`

/** Redis, and the keys that authenticate the records in it. */
export interface TokenStore {
  readonly redis: RedisClient
  readonly keys: Pick<Keys, 'tokenRecords'>
}

/** A token in Redis; it always expires. */
export interface RedisToken extends TokenRecord {
  readonly expires: EpochSeconds
}

type Stored = Omit<RedisToken, 'key' | 'lastUsed'> & { readonly secretHash: string }

/** Serialises a token, with its MAC. */
export function storedForm(
  { tokenRecords }: TokenStore['keys'],
  { key, lastUsed: _lastUsed, ...rest }: RedisToken,
  secretHash: Buffer,
): string {
  const stored: Stored = { ...rest, secretHash: secretHash.toString('base64url') }
  return withRecordMac(tokenRecords[0], key, JSON.stringify(stored))
}

/** Finds a token; undefined too where its record has no MAC of this site. */
export async function findRedisToken({ redis, keys }: TokenStore, key: TokenKey): Promise<StoredToken | undefined> {
  const text = await redis.get(tokenAt(key))
  return text === null ? undefined : readVerified({ keys }, key, text)
}

/**
 * Finds tokens as {@link findRedisToken} does, for checks: those of one turn of the event loop in one question, each with the mark of
 * its suspension. On a cluster each by itself: they are on different nodes.
 */
export class MarkedTokens {
  readonly #batches: Batches<TokenKey, { readonly token: MarkedToken | undefined }>

  constructor({ redis, keys }: TokenStore) {
    const read = async (some: readonly TokenKey[]) => {
      const texts = await redis.mget(some.flatMap((key) => [tokenAt(key), suspendedAt(key)]))
      return some.map((key, at) => {
        const [text, mark] = [texts[2 * at], texts[2 * at + 1]]
        const stored = text ? readVerified({ keys }, key, text) : undefined
        return { token: stored && (mark ? { ...stored, isMarked: true as const } : stored) }
      })
    }
    this.#batches = new Batches(isCluster(redis) ? eachAlone(read) : read, { most: 500, atOnce: 4 })
  }

  /** Returns the token, and whether it is marked as suspended. */
  async find(key: TokenKey): Promise<MarkedToken | undefined> {
    return (await this.#batches.add(key)).token
  }
}

/** A token, and whether Redis has it marked as suspended. */
export interface MarkedToken extends StoredToken {
  readonly isMarked?: true
}

/** Reads a token whose record has a MAC of this site. */
function readVerified({ keys }: Pick<TokenStore, 'keys'>, key: TokenKey, text: string): StoredToken | undefined {
  const record = verifiedRecord(keys.tokenRecords, key, text)
  return record === undefined ? undefined : readStored(key, record)
}

/** Parses a token. As in Gafaelfawr an unreadable one is no token: it is refused, and its owner signs in again. */
function readStored(key: TokenKey, text: string): StoredToken | undefined {
  try {
    const { secretHash, ...record } = JSON.parse(text) as Stored
    return { record: { ...record, key }, digest: digestOfBytes(Buffer.from(secretHash, 'base64url')) }
  } catch {
    return undefined
  }
}

/** Finds a user's own token by its key, with its last use. */
export async function getRedisToken(
  store: TokenStore,
  username: string,
  key: TokenKey,
): Promise<RedisToken | undefined> {
  const [text, use] = await store.redis.mget(tokenAt(key), useAt(key))
  return ownToken(store, { username, key, text, use })
}

/** Finds a user's own tokens as {@link getRedisToken} does, in one question; on a cluster each by itself. */
export async function getRedisTokens(
  store: TokenStore,
  username: string,
  keys: readonly TokenKey[],
): Promise<RedisToken[]> {
  if (keys.length === 0) return []
  if (isCluster(store.redis)) {
    const each = await Promise.all(keys.map((key) => getRedisToken(store, username, key)))
    return each.filter((token) => token !== undefined)
  }
  const texts = await store.redis.mget(keys.flatMap((key) => [tokenAt(key), useAt(key)]))
  return keys.flatMap(
    (key, at) => ownToken(store, { username, key, text: texts[2 * at], use: texts[2 * at + 1] }) ?? [],
  )
}

interface Read {
  readonly username: string
  readonly key: TokenKey
  readonly text: string | null | undefined
  readonly use: string | null | undefined
}

function ownToken(store: TokenStore, { username, key, text, use }: Read): RedisToken | undefined {
  const stored = text ? readVerified(store, key, text) : undefined
  if (stored?.record.username !== username) return undefined
  return { ...(stored.record as RedisToken), ...(use && { lastUsed: JSON.parse(use) as Use }) }
}

/** Deletes a token; false when another process was first, so that one revocation is recorded once. */
export async function deleteRedisToken(redis: RedisClient, key: TokenKey): Promise<boolean> {
  const deleted = await redis.del(tokenAt(key))
  await redis.del(useAt(key), belowAt(key))
  return deleted > 0
}

/*
 * In one step, or a use could be written after its token was deleted, and an earlier use could overwrite a later one.
 */
const RECORD_USE = `
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return end
local last = redis.call('GET', KEYS[2])
if last and cjson.decode(last).at > cjson.decode(ARGV[1]).at then return end
redis.call('SET', KEYS[2], ARGV[1], 'PX', left)`

/** Records a use of a token that exists, in a key of its own: a use may arrive after the token was deleted. */
export async function recordUseAt(redis: RedisClient, key: TokenKey, place: string, use: Use): Promise<void> {
  await redis.eval(RECORD_USE, 2, tokenAt(key), place, JSON.stringify(use))
}

export function recordRedisUse(redis: RedisClient, key: TokenKey, use: Use): Promise<void> {
  return recordUseAt(redis, key, useAt(key), use)
}

export function recordUseBelow(redis: RedisClient, session: TokenKey, at: EpochSeconds): Promise<void> {
  return recordUseAt(redis, session, belowAt(session), { at })
}

/** Finds the last use of a session or of a token delegated from it; undefined when there was none. */
export async function findLastUse(redis: RedisClient, session: TokenKey): Promise<EpochSeconds | undefined> {
  const texts = await redis.mget(useAt(session), belowAt(session))
  const uses = texts.filter((text) => text !== null).map((text) => (JSON.parse(text) as Use).at)
  return uses.length > 0 ? Math.max(...uses) : undefined
}
