import { MINUTE } from '../../core/time.js'
import type { RedisClient } from '../../storage/redis/client.js'
import { NetworkThrottle } from '../../storage/redis/throttle.js'

/** More tokens than a finder pastes by hand. */
const REPORTS = { points: 20, duration: MINUTE } as const

/**
 * Limits reports of leaked tokens.
 *
 * Attack: reports need no sign-in, and each of a well-formed key costs a store a look-up.
 */
export const reportThrottle = (redis: RedisClient) => new NetworkThrottle(redis, 'leaked', REPORTS)
