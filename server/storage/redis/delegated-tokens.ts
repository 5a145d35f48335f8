import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'
import { addToIndex, keysOfIndex } from './token-index.js'
import { getRedisToken, type RedisToken, storedForm, type TokenStore, tokenAt } from './tokens.js'

/** Marks a delegated token that was revoked by itself, so that it is not derived again. */
export const endAt = (key: TokenKey) => `postern:token-ended:{${key}}`
/** The index of the tokens delegated from a user's tokens. */
export const delegatedIndexOf = (username: string) => `postern:delegated:${username}`

/** Whether a delegated token exists, was not derived yet, or was revoked, and the generation to be derived then. */
export type DelegatedState = { readonly is: 'live' | 'unknown' } | { readonly is: 'ended'; readonly generation: number }

export async function lookUpDelegated(redis: RedisClient, key: TokenKey): Promise<DelegatedState> {
  const [token, end] = await redis.mget(tokenAt(key), endAt(key))
  if (end) return { is: 'ended', generation: Number(end) }
  return { is: token ? 'live' : 'unknown' }
}

/*
 * In one step, or a token that is being revoked at this moment could be written again afterwards.
 */
const WRITE = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 'ended' end
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EXAT', ARGV[2])
return 'live'`

/** What there is of a delegated token after it was to be stored: itself, or the mark of its revocation. */
export type StoredDelegation = 'live' | 'ended'

/**
 * Writes a delegated token unless it exists or was revoked. A derived one is handed out by each process that finds it, so its
 * history is committed before.
 */
export async function putDelegated(
  { redis, keys }: TokenStore,
  token: RedisToken & { readonly parent: TokenKey },
  secretHash: Buffer,
): Promise<StoredDelegation> {
  await addToIndex(redis, delegatedIndexOf(token.username), token)
  const form = storedForm(keys, token, secretHash)
  const outcome = await redis.eval(WRITE, 2, tokenAt(token.key), endAt(token.key), form, token.expires)
  return outcome as StoredDelegation
}

/**
 * Marks a delegated token as revoked, for as long as it could be derived again.
 *
 * @param generation of a token of generation 0, the one that is handed out in its place
 */
export async function markEnded(
  redis: RedisClient,
  key: TokenKey,
  expires: EpochSeconds,
  generation = 1,
): Promise<void> {
  await redis.set(endAt(key), String(generation), 'EXAT', expires)
}

const END_UNLESS_LIVE = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[2], '1', 'EXAT', ARGV[1])
return 1`

/** Marks a delegated token as revoked that Redis does not have; false when it has been stored again. */
export async function markEndedUnlessLive(redis: RedisClient, key: TokenKey, expires: EpochSeconds): Promise<boolean> {
  return (await redis.eval(END_UNLESS_LIVE, 2, tokenAt(key), endAt(key), expires)) === 1
}

/** Counts the tokens delegated from a user's tokens that have not expired; those that were revoked among them. */
export async function countDelegated(redis: RedisClient, username: string, now: EpochSeconds): Promise<number> {
  return (await keysOfIndex(redis, delegatedIndexOf(username), now)).length
}

/** Lists the tokens delegated from a user's tokens, soonest expiry first. */
export async function listDelegated(store: TokenStore, username: string, now: EpochSeconds): Promise<RedisToken[]> {
  const keys = await keysOfIndex(store.redis, delegatedIndexOf(username), now)
  const tokens = await Promise.all(keys.map((key) => getRedisToken(store, username, key)))
  return tokens.filter((each) => each !== undefined)
}
