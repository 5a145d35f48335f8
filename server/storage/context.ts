import type { Counts } from '../core/process-counters.js'
import type { Clock } from '../core/time.js'
import type { RandomBytes } from '../core/token/token.js'
import type { Keys } from '../settings/keys.js'
import type { Settings } from '../settings/schema.js'
import { Announcements } from './cache/invalidation-publisher.js'
import { TokenMemory } from './cache/token-cache.js'
import type { Ldap } from './ldap/directory.js'
import type { Postgres } from './postgres/client.js'
import type { RedisClient } from './redis/client.js'
import { StrangeKeys } from './unsealed-key-lookup.js'

/** What is opened before anything else is. */
interface Outside {
  readonly settings: Settings
  readonly keys: Keys
  readonly postgres: Postgres
  readonly redis: RedisClient
  /** Where people are looked up, if the site has such a directory. */
  readonly ldap?: Ldap
  /** What this process has done, for monitors. */
  readonly counts: Counts
  readonly clock: Clock
  readonly random: RandomBytes
}

/** What every operation is given: the stores, the settings, and the outside's two unrepeatable things, time and chance. */
export interface Context extends Outside {
  /** What this process remembers of tokens; nothing, until somebody listens for changes. */
  readonly memory: TokenMemory
  readonly announcements: Announcements
  readonly strangeKeys: StrangeKeys
}

/** @param ticks milliseconds of a clock that never steps */
export function contextOf(outside: Outside, ticks: () => number = () => performance.now()): Context {
  const memory = new TokenMemory(outside.settings, ticks)
  const announcements = new Announcements(outside.redis, memory)
  return { ...outside, memory, announcements, strangeKeys: new StrangeKeys(outside) }
}
