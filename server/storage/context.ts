import type { ProcessCounters } from '../core/process-counters.js'
import type { Clock } from '../core/time.js'
import type { RandomBytes } from '../core/token/token.js'
import type { Keys } from '../settings/keys.js'
import type { Settings } from '../settings/schema.js'
import { InvalidationPublisher } from './cache/invalidation-publisher.js'
import { TokenCache } from './cache/token-cache.js'
import type { LdapDirectory } from './ldap/directory.js'
import type { Postgres } from './postgres/client.js'
import type { RedisClient } from './redis/client.js'
import { UnsealedKeyLookup } from './unsealed-key-lookup.js'

/** What is opened before anything else is. */
interface ContextParts {
  readonly settings: Settings
  readonly keys: Keys
  readonly postgres: Postgres
  readonly redis: RedisClient
  /** Where people are looked up, if the site has such a directory. */
  readonly ldap?: LdapDirectory
  /** What this process has done, for monitors. */
  readonly counters: ProcessCounters
  readonly clock: Clock
  readonly random: RandomBytes
}

/** What every operation is given: the stores, the settings, and the outside's two unrepeatable things, time and chance. */
export interface Context extends ContextParts {
  /** What this process remembers of tokens; nothing, until somebody listens for changes. */
  readonly tokenCache: TokenCache
  readonly invalidations: InvalidationPublisher
  readonly unsealedKeys: UnsealedKeyLookup
}

/** @param ticks milliseconds of a clock that never steps */
export function createContext(outside: ContextParts, ticks: () => number = () => performance.now()): Context {
  const memory = new TokenCache(outside.settings, ticks)
  const announcements = new InvalidationPublisher(outside.redis, memory)
  return { ...outside, tokenCache: memory, invalidations: announcements, unsealedKeys: new UnsealedKeyLookup(outside) }
}
