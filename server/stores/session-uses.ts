import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token.js'
import type { Use } from '../core/token-record.js'
import type { RedisClient } from './redis.js'
import { recordUseAt, useAt } from './redis-tokens.js'

/** When something that was delegated from a session was last used: apart from its own uses, whose place and browser people see. */
const belowAt = (key: TokenKey) => `postern:token-use-below:{${key}}`

export function recordUseBelow(redis: RedisClient, session: TokenKey, at: EpochSeconds): Promise<void> {
  return recordUseAt(redis, session, belowAt(session), { at })
}

/** When a session was last used, by itself or by what was delegated from it; nothing when it was not used yet. */
export async function findLastUse(redis: RedisClient, session: TokenKey): Promise<EpochSeconds | undefined> {
  const texts = await redis.mget(useAt(session), belowAt(session))
  const uses = texts.filter((text) => text !== null).map((text) => (JSON.parse(text) as Use).at)
  return uses.length > 0 ? Math.max(...uses) : undefined
}
