import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'
import { addToIndex, keysOfIndex } from './token-index.js'
import { getRedisToken, type RedisToken, storedForm, tokenAt } from './tokens.js'

/** Stands where a delegated token was ended by itself, so that it is not worked out and written again. */
const endAt = (key: TokenKey) => `postern:token-ended:{${key}}`
/** The index of what was delegated from a user's tokens. */
const indexOf = (username: string) => `postern:delegated:${username}`

export type DelegatedState = 'live' | 'ended' | 'unknown'

/** Whether a delegated token is there, was ended, or has not been made yet. */
export async function lookUpDelegated(redis: RedisClient, key: TokenKey): Promise<DelegatedState> {
  const [token, end] = await redis.mget(tokenAt(key), endAt(key))
  if (end !== null) return 'ended'
  return token === null ? 'unknown' : 'live'
}

/*
 * In one step, or a token that is being ended at this moment could be written again after its end.
 */
const WRITE = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 'ended' end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EXAT', ARGV[2]) then return 'created' end
return 'live'`

/** Writes a delegated token unless it is there, or was ended. */
export async function putDelegated(
  redis: RedisClient,
  token: RedisToken & { readonly parent: TokenKey },
  secretHash: Buffer,
): Promise<'created' | 'live' | 'ended'> {
  await addToIndex(redis, indexOf(token.username), token)
  const form = storedForm(token, secretHash)
  const outcome = await redis.eval(WRITE, 2, tokenAt(token.key), endAt(token.key), form, token.expires)
  return outcome as 'created' | 'live' | 'ended'
}

/** Remembers that a delegated token was ended, for as long as it could be worked out again. */
export async function markEnded(redis: RedisClient, key: TokenKey, expires: EpochSeconds): Promise<void> {
  await redis.set(endAt(key), '1', 'EXAT', expires)
}

/** All that was delegated from a user's tokens and is still there, soonest end first. */
export async function listDelegated(redis: RedisClient, username: string, now: EpochSeconds): Promise<RedisToken[]> {
  const keys = await keysOfIndex(redis, indexOf(username), now)
  const tokens = await Promise.all(keys.map((key) => getRedisToken(redis, username, key)))
  return tokens.filter((each) => each !== undefined)
}
