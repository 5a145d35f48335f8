import type { Counts } from '../core/counts.js'
import type { Clock } from '../core/time.js'
import type { RandomBytes } from '../core/token.js'
import type { Keys } from '../settings/keys.js'
import type { Settings } from '../settings/schema.js'
import type { Ldap } from './ldap.js'
import type { Postgres } from './postgres.js'
import type { RedisClient } from './redis.js'

/** What every operation is given: the stores, the settings, and the outside's two unrepeatable things, time and chance. */
export interface Context {
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
