import type { Finding } from '../../core/stores-audit/checks.js'
import { type RedisKey, readRedisKey } from '../../core/stores-audit/redis-key.js'
import { judgeRedisToken } from '../../core/stores-audit/redis-token.js'
import { verifiedRecord } from '../../core/token/record-mac.js'
import type { TokenKey } from '../../core/token/token.js'
import type { Context } from '../context.js'
import type { RedisClient } from '../redis/client.js'
import { endAt } from '../redis/delegated-tokens.js'
import { keysOfIndex } from '../redis/token-index.js'
import { tokenAt } from '../redis/tokens.js'
import { examineRedisTokens, GONE, UNLIMITED, unlessOfAnotherType } from './redis-tokens.js'

type Stores = Pick<Context, 'redis' | 'postgres' | 'keys' | 'clock'>

/** What was found of each subject that was looked at. */
export type Looked = ReadonlyMap<string, readonly Finding[]>

/** Looks at keys in Redis, each with what it depends on. */
export async function lookAtRedisKeys(stores: Stores, names: readonly string[]): Promise<Looked> {
  const keys = names.flatMap((name) => {
    const key = readRedisKey(name)
    return key ? [{ name, key }] : []
  })
  const tokens = keys.flatMap(({ key }) => (key.holds === 'token' ? [key.token] : []))
  const examined = await examineRedisTokens(stores, tokens)
  const ofTokens = examined.map(({ key, facts }) => {
    const owner = facts.record && { owner: facts.record.username }
    const found = judgeRedisToken(facts, stores.clock()).map((check) => ({ check, subject: key, ...owner }))
    return [tokenAt(key), found] as const
  })
  const others = keys.filter(({ key }) => key.holds !== 'token')
  const ofOthers = await Promise.all(
    others.map(async ({ name, key }) => [name, await lookAtKey(stores, name, key)] as const),
  )
  return new Map([...ofTokens, ...ofOthers])
}

async function lookAtKey(stores: Stores, name: string, key: RedisKey): Promise<Finding[]> {
  const left = await stores.redis.pttl(name)
  if (left === GONE) return []
  const unlimited: Finding[] = left === UNLIMITED ? [{ check: 'redis-expiry', subject: name }] : []
  return [...unlimited, ...(await lookInto(stores, name, key))]
}

async function lookInto({ redis, keys, clock }: Stores, name: string, key: RedisKey): Promise<Finding[]> {
  if (key.holds === 'use') {
    return (await redis.exists(tokenAt(key.token))) > 0 ? [] : [{ check: 'use-orphan', subject: name }]
  }
  if (key.holds === 'record') {
    const text = await redis.get(name).catch(unlessOfAnotherType)
    // It may have expired meanwhile.
    const isSound = text === null || (text && verifiedRecord(keys.openIdRecords, key.hash, text) !== undefined)
    return isSound ? [] : [{ check: 'openid-seal', subject: name }]
  }
  if (key.holds !== 'index') return []
  const listed = await keysOfIndex(redis, name, clock()).catch(unlessOfAnotherType)
  if (!listed) return [{ check: 'index-unreadable', subject: name, owner: key.username }]
  const stale = await Promise.all(listed.map(async (token) => ((await isStale(redis, token)) ? [token] : [])))
  return stale.flat().map((subject) => ({ check: 'index-stale', subject, owner: key.username }))
}

/** A delegated token that was revoked by itself is listed until it would have expired. */
async function isStale(redis: RedisClient, token: TokenKey): Promise<boolean> {
  const [isThere, isMarked] = await Promise.all([redis.exists(tokenAt(token)), redis.exists(endAt(token))])
  return isThere + isMarked === 0
}
