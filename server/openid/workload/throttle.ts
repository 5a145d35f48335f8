import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'
import { NetworkThrottle } from '../../storage/redis/throttle.js'

/** More failures than jobs of one network have by mistake. */
export const FAILURES = { points: 60, duration: 5 * MINUTE } as const

/**
 * Limits JWTs that are not taken.
 *
 * Attack: requests need no secret, and each costs a signature.
 */
export const workloadThrottle = (redis: RedisClient) => new NetworkThrottle(redis, 'workload:failed', FAILURES)
