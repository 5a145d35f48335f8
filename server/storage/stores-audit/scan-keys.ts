import type { Redis } from 'ioredis'
import { OperatorError } from '../../core/operator-error.js'
import { isCluster, type RedisClient } from '../redis/client.js'

/** Rights at Redis that the audit of the stores needs, and the server does not. */
export const AUDIT_RIGHTS = '+scan'

const KEYS_PER_STEP = 1_000

/** Names all keys of Postern in Redis, of a cluster in every master. A key may come twice, one made meanwhile not at all. */
export async function* scanKeys(redis: RedisClient): AsyncGenerator<readonly string[]> {
  const masters = isCluster(redis) ? redis.nodes('master') : [redis]
  for (const master of masters) yield* scanServer(master)
}

async function* scanServer(redis: Redis): AsyncGenerator<readonly string[]> {
  for (let cursor = '0'; ; ) {
    const [next, keys] = await redis.scan(cursor, 'MATCH', 'postern:*', 'COUNT', KEYS_PER_STEP).catch(explainRefusal)
    if (keys.length > 0) yield [...new Set(keys)]
    if (next === '0') return
    cursor = next
  }
}

function explainRefusal(error: unknown): never {
  if (!(error instanceof Error) || !error.message.startsWith('NOPERM')) throw error
  const remedy = `Allow it, for this command alone: ACL SETUSER <user> ${AUDIT_RIGHTS}`
  throw new OperatorError('Redis refuses SCAN to this user', remedy, { cause: error })
}
