import type { EpochSeconds } from '../../core/time.js'
import type { TokenKey } from '../../core/token/token.js'
import type { RedisClient } from './client.js'

/**
 * Marks a suspended token. PostgreSQL decides who is suspended; the mark counts for sessions that are judged without it. So a mark
 * that is left behind by a lifting that Redis did not take refuses nothing as long as PostgreSQL answers.
 */
export const suspendedAt = (key: TokenKey) => `postern:token-suspended:{${key}}`

/** Marks a token as suspended, until it expires. */
export async function markSuspended(redis: RedisClient, key: TokenKey, expires: EpochSeconds): Promise<void> {
  await redis.set(suspendedAt(key), '1', 'EXAT', expires)
}

export async function unmarkSuspended(redis: RedisClient, key: TokenKey): Promise<void> {
  await redis.del(suspendedAt(key))
}
