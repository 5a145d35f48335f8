import type { Redis } from 'ioredis'
import { OperatorError } from '../../core/operator-error.js'
import { isCluster, type RedisClient } from './client.js'

/** The right at Redis that listing keys needs. The server lists none of its own. */
export const SCAN_RIGHT = '+scan'

const KEYS_PER_STEP = 1_000

/** A kind of value, by Redis' word. */
type RedisKind = 'string' | 'zset'

/**
 * Lists the keys of a pattern in parts, of a cluster those of every master. A key may come twice, and one that is made meanwhile
 * not at all.
 *
 * @throws {OperatorError} when the user of Redis may not
 */
export async function* scanKeys(
  redis: RedisClient,
  pattern: string,
  kind?: RedisKind,
): AsyncGenerator<readonly string[]> {
  const masters = isCluster(redis) ? redis.nodes('master') : [redis]
  for (const master of masters) yield* scanServer(master, pattern, kind)
}

async function* scanServer(redis: Redis, pattern: string, kind?: RedisKind): AsyncGenerator<readonly string[]> {
  const options = ['MATCH', pattern, 'COUNT', String(KEYS_PER_STEP), ...(kind ? ['TYPE', kind] : [])]
  for (let cursor = '0'; ; ) {
    const [next, keys] = (await redis.call('SCAN', [cursor, ...options]).catch(explainRefusal)) as [string, string[]]
    if (keys.length > 0) yield [...new Set(keys)]
    if (next === '0') return
    cursor = next
  }
}

function explainRefusal(error: unknown): never {
  if (!(error instanceof Error) || !/^NOPERM|no permissions/.test(error.message)) throw error
  const remedy = `Allow it, for this command alone: ACL SETUSER <user> ${SCAN_RIGHT}`
  throw new OperatorError('Redis refuses SCAN to this user', remedy, { cause: error })
}
