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

/** The sum and its expiry are set in one step: a sum without an expiry would stay for ever. */
const ADD = `
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if sum == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return sum`

/** Adds refusals to a window. @returns the sum of all processes */
export async function addRefusals(
  redis: RedisClient,
  { code, number, window }: RefusalWindow,
  added: number,
): Promise<number> {
  const at = `postern:refusals:{${code}:${number}}`
  return (await redis.eval(ADD, 1, at, added, 2 * window)) as number
}
