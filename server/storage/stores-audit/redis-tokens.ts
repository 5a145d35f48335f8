import type { HistoryFacts } from '../../core/stores-audit/history.js'
import type { RedisTokenFacts } from '../../core/stores-audit/redis-token.js'
import { MAXIMUM_DEPTH } from '../../core/token/ancestry.js'
import { isDelegated, type TokenRecord } from '../../core/token/record.js'
import { homeOf, isIssuedHere, type TokenKey } from '../../core/token/token.js'
import type { Context } from '../context.js'
import { existingInPostgres } from '../postgres/tokens.js'
import type { RedisClient } from '../redis/client.js'
import { delegatedIndexOf } from '../redis/delegated-tokens.js'
import { sessionIndexOf } from '../redis/sessions.js'
import { findRedisToken, tokenAt } from '../redis/tokens.js'
import { historiesOf, revokedOf } from './history-facts.js'

type Stores = Pick<Context, 'redis' | 'postgres' | 'keys'>

/** The token of a key in Redis, with what the stores say of it. */
export interface ExaminedToken {
  readonly key: TokenKey
  readonly facts: RedisTokenFacts
}

/** Looks up these tokens of Redis; nothing of those that are gone. */
export async function examineRedisTokens(stores: Stores, keys: readonly TokenKey[]): Promise<ExaminedToken[]> {
  const { redis, postgres } = stores
  const found = await Promise.all(keys.map((key) => readToken(stores, key)))
  const tokens = found.filter((each) => each !== undefined)
  const ancestors = await ancestorsOf(stores, tokens)
  const chains = tokens.map(({ record }) => chainOf(record, ancestors))
  const wanted = [...keys, ...chains.flatMap(({ above }) => above)]
  const [revoked, historyOf] = [await revokedOf(postgres, keys), await historiesOf(postgres, wanted)]
  return Promise.all(
    tokens.map(async ({ key, record, expires }, index) => {
      const { above = [], isWhole = false } = chains[index] ?? {}
      const facts: RedisTokenFacts = {
        isIssuedHere: isIssuedHere(stores.keys.tokenKeys, key),
        ...(record && { record }),
        expires,
        isIndexed: record !== undefined && (await isIndexed(redis, record)),
        isRevoked: revoked.has(key),
        history: historyOf(key),
        hasWholeChain: isWhole,
        hasEndedAncestor: above.some((each) => isEnded(historyOf(each))),
      }
      return { key, facts }
    }),
  )
}

const isEnded = ({ isEnded }: HistoryFacts) => isEnded

interface ReadToken {
  readonly key: TokenKey
  readonly record?: TokenRecord
  readonly expires: boolean
}

async function readToken(stores: Stores, key: TokenKey): Promise<ReadToken | undefined> {
  const left = await stores.redis.pttl(tokenAt(key))
  if (left === GONE) return undefined
  const stored = await findRedisToken(stores, key).catch(unlessOfAnotherType)
  // It may have expired between the two commands.
  if (!stored && (await stores.redis.exists(tokenAt(key))) === 0) return undefined
  return { key, expires: left !== UNLIMITED, ...(stored && { record: stored.record }) }
}

/** Answers of PTTL. */
export const GONE = -2
export const UNLIMITED = -1

/** A key of another type is no record. */
export function unlessOfAnotherType(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return undefined
  throw error
}

/** By their keys: the record in Redis, or that PostgreSQL has it. Absent: gone. */
type Ancestors = ReadonlyMap<TokenKey, TokenRecord | 'postgres'>

/** Looks up the parents of tokens, the parents of those, and so on: one step for all tokens at a time. */
async function ancestorsOf(stores: Stores, tokens: readonly ReadToken[]): Promise<Ancestors> {
  const known = new Map<TokenKey, TokenRecord | 'postgres'>()
  let wanted = parentsOf(tokens.map(({ record }) => record))
  for (let depth = 0; depth <= MAXIMUM_DEPTH && wanted.length > 0; depth++) {
    const inPostgres = wanted.filter((key) => homeOf(key) === 'postgres')
    for (const key of await existingInPostgres(stores.postgres, inPostgres)) known.set(key, 'postgres')
    const inRedis = wanted.filter((key) => homeOf(key) === 'redis')
    const records = await Promise.all(inRedis.map((key) => readToken(stores, key)))
    for (const each of records) if (each?.record) known.set(each.key, each.record)
    wanted = parentsOf(records.map((each) => each?.record)).filter((key) => !known.has(key))
  }
  return known
}

function parentsOf(records: readonly (TokenRecord | undefined)[]): TokenKey[] {
  return [...new Set(records.map((record) => record?.parent).filter((key) => key !== undefined))]
}

interface Chain {
  /** The keys above a token, as far as they are known. */
  readonly above: readonly TokenKey[]
  readonly isWhole: boolean
}

function chainOf(record: TokenRecord | undefined, ancestors: Ancestors): Chain {
  const above: TokenKey[] = []
  for (let next = record?.parent; next !== undefined && above.length <= MAXIMUM_DEPTH; ) {
    above.push(next)
    const ancestor = ancestors.get(next)
    if (!ancestor) return { above, isWhole: false }
    next = ancestor === 'postgres' ? undefined : ancestor.parent
  }
  return { above, isWhole: true }
}

/** The index that lists a token in Redis. */
export function indexOfToken(record: Pick<TokenRecord, 'type' | 'parent' | 'username'>): string {
  return isDelegated(record) ? delegatedIndexOf(record.username) : sessionIndexOf(record.username)
}

async function isIndexed(redis: RedisClient, record: TokenRecord): Promise<boolean> {
  const { key, expires = 0 } = record
  const members = await redis
    .zrange(indexOfToken(record), `${expires}`, `${expires}`, 'BYSCORE')
    .catch(unlessOfAnotherType)
  return members?.includes(key) ?? false
}
