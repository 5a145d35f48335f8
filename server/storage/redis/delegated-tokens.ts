import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import { Batches, eachAlone } from '../batches.js'
import { isCluster, type RedisClient } from './client.js'
import { addToIndex, keysOfIndex } from './token-index.js'
import { getRedisTokens, type RedisToken, storedForm, type TokenStore, tokenAt } from './tokens.js'

/** Marks a delegated token that was revoked by itself, so that it is not derived again. */
export const endAt = (key: TokenKey) => `postern:token-ended:{${key}}`
/** The index of the tokens delegated from a user's tokens. */
export const delegatedIndexOf = (username: string) => `postern:delegated:${username}`

/** Whether a delegated token exists, was not derived yet, or was revoked, and the generation to be derived then. */
export type DelegatedState = { readonly is: 'live' | 'unknown' } | { readonly is: 'ended'; readonly generation: number }

/** Looks derived tokens up, those of one turn of the event loop in one question. */
export class DelegatedStates {
  readonly #batches: Batches<TokenKey, DelegatedState>

  constructor(redis: RedisClient) {
    const read = async (some: readonly TokenKey[]) => {
      const texts = await redis.mget(some.flatMap((key) => [tokenAt(key), endAt(key)]))
      return some.map((_key, at) => stateOf(texts[2 * at], texts[2 * at + 1]))
    }
    this.#batches = new Batches(isCluster(redis) ? eachAlone(read) : read, { most: 500, atOnce: 4 })
  }

  /** Returns what there is of a derived token. */
  find(key: TokenKey): Promise<DelegatedState> {
    return this.#batches.add(key)
  }
}

function stateOf(token: string | null | undefined, end: string | null | undefined): DelegatedState {
  if (end) return { is: 'ended', generation: Number(end) }
  return { is: token ? 'live' : 'unknown' }
}

/** A token that was delegated from another. */
export type DelegatedRecord = RedisToken & { readonly parent: TokenKey }

/** A delegated token that is to be stored. */
export interface NewDelegated {
  readonly record: DelegatedRecord
  readonly secretHash: Buffer
}

/** What there is of a delegated token after it was to be stored: itself, or the mark of its revocation. */
export type StoredDelegation = 'live' | 'ended'

/*
 * In one step, or a token that is being revoked at this moment could be written again afterwards.
 */
const WRITE = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 'ended' end
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EXAT', ARGV[2])
return 'live'`

/**
 * Writes a delegated token unless it exists or was revoked. A derived one is handed out by each process that finds it, so its
 * history is committed before.
 */
export async function putDelegated(
  { redis, keys }: TokenStore,
  { record, secretHash }: NewDelegated,
): Promise<StoredDelegation> {
  await addToIndex(redis, delegatedIndexOf(record.username), record)
  const form = storedForm(keys, record, secretHash)
  const outcome = await redis.eval(WRITE, 2, tokenAt(record.key), endAt(record.key), form, record.expires)
  return outcome as StoredDelegation
}

/* As putDelegated, of each token; a key of a wrong type is the fault of one of them. Then publishes a message. */
const WRITE_ALL = `
local function write(at, given)
  if redis.call('EXISTS', KEYS[at + 1]) == 1 then return 'ended' end
  redis.call('ZREMRANGEBYSCORE', KEYS[at + 2], '-inf', ARGV[given + 2])
  redis.call('ZADD', KEYS[at + 2], ARGV[given + 1], ARGV[given + 3])
  local last = redis.call('ZRANGE', KEYS[at + 2], -1, -1, 'WITHSCORES')
  redis.call('EXPIREAT', KEYS[at + 2], last[2])
  redis.call('SET', KEYS[at], ARGV[given], 'NX', 'EXAT', ARGV[given + 1])
  return 'live'
end
local outcomes = {}
for number = 0, #KEYS / 3 - 1 do
  local isDone, outcome = pcall(write, number * 3 + 1, number * 4 + 3)
  if not isDone and type(outcome) == 'table' then outcome = outcome.err end
  outcomes[number + 1] = outcome
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return outcomes`

/**
 * Writes delegated tokens as {@link putDelegated} does, all in one step with the message that tells of them. Their keys are in
 * different slots of a cluster, which does not take them together.
 */
export async function putTogether(
  { redis, keys }: TokenStore,
  tokens: readonly NewDelegated[],
  message: { readonly channel: string; readonly text: string },
): Promise<(StoredDelegation | Error)[]> {
  const places = tokens.flatMap(({ record: { key, username } }) => [
    tokenAt(key),
    endAt(key),
    delegatedIndexOf(username),
  ])
  const values = tokens.flatMap(({ record, secretHash }) => [
    storedForm(keys, record, secretHash),
    record.expires,
    record.created,
    record.key,
  ])
  const args = [...places, message.channel, message.text, ...values]
  const outcomes = (await redis.eval(WRITE_ALL, places.length, ...args)) as string[]
  return outcomes.map((each) => (each === 'live' || each === 'ended' ? each : new Error(each)))
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
  return getRedisTokens(store, username, keys)
}
