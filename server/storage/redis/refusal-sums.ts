import type { RefusalCode } from '../../core/access/refusal.js'
import type { EpochSeconds } from '../../core/time.js'
import type { RedisClient } from './client.js'

/** A window of time in which the refusals of all processes with one code are summed up. */
interface RefusalWindow {
  readonly code: RefusalCode
  readonly number: number
  /** Its length in seconds. */
  readonly window: EpochSeconds
}

/** Adds refusals to a window. @returns the sum of all processes */
export async function addRefusals(
  redis: RedisClient,
  { code, number, window }: RefusalWindow,
  added: number,
): Promise<number> {
  const at = `postern:refusals:{${code}:${number}}`
  const sum = await redis.incrby(at, added)
  await redis.expire(at, 2 * window)
  return sum
}
