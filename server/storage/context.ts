import type { Logger } from 'pino'
import type { ProcessCounters } from '../core/process-counters.js'
import type { Clock } from '../core/time.js'
import { isIssuedHere, type RandomBytes } from '../core/token/token.js'
import type { Keys } from '../settings/keys.js'
import type { Settings } from '../settings/schema.js'
import { AlarmSender } from './alarms/alarm-sender.js'
import { AuditTrail } from './audit/trail.js'
import { InvalidationPublisher } from './cache/invalidation-publisher.js'
import { createProgramCache, type ProgramCache } from './cache/program-cache.js'
import { QuotaCache } from './cache/quota-cache.js'
import { TokenCache } from './cache/token-cache.js'
import { DelegationWriter } from './delegation-writer.js'
import { EventSender } from './events/event-sender.js'
import { ForeignTokens } from './foreign-tokens.js'
import type { LdapDirectory } from './ldap/directory.js'
import { OutageLog } from './outage-log.js'
import type { Postgres } from './postgres/client.js'
import { findChanged } from './postgres/find-token.js'
import { recipesAfter } from './postgres/imports/recipes.js'
import type { RedisClient } from './redis/client.js'
import { MarkedTokens } from './redis/tokens.js'
import { RestoreLock } from './restore-lock.js'
import { UnsealedKeyLookup } from './unsealed-key-lookup.js'

/** Opened before the context is created. */
interface ContextParts {
  readonly settings: Settings
  readonly keys: Keys
  readonly log: Logger
  readonly postgres: Postgres
  readonly redis: RedisClient
  /** The LDAP directory of users, if the site has one. */
  readonly ldap?: LdapDirectory
  /** Counters of this process, for monitors. */
  readonly counters: ProcessCounters
  readonly clock: Clock
  readonly random: RandomBytes
  /** The log of the audit events; `log` when not given. */
  readonly auditLog?: Logger
}

/** The stores, their caches, the settings and the log; and the clock and randomness, which tests replace. */
export interface Context extends ContextParts {
  /** Bypassed until this process is subscribed to invalidations. */
  readonly tokenCache: TokenCache
  /** Invalidated together with {@link tokenCache}. */
  readonly programCache: ProgramCache
  /** Invalidated together with {@link tokenCache}. */
  readonly quotaCache: QuotaCache
  readonly invalidations: InvalidationPublisher
  readonly unsealedKeys: UnsealedKeyLookup
  /** Tokens in Redis, as checks read them. */
  readonly markedTokens: MarkedTokens
  /** Tokens that other systems issued. */
  readonly foreignTokens: ForeignTokens
  readonly audit: AuditTrail
  /** Whether tokens are refused because a restore is not confirmed. */
  readonly restoreLock: RestoreLock
  readonly alarms: AlarmSender
  readonly events: EventSender
  /** For events that an outage repeats with each request. */
  readonly outages: OutageLog
  /** Stores delegated tokens that are asked for for the first time. */
  readonly delegating: DelegationWriter
}

/** @param ticks milliseconds of a clock that never steps */
export function createContext(parts: ContextParts, ticks: () => number = () => performance.now()): Context {
  const tokenCache = new TokenCache(parts.settings, ticks, (known) => findChanged(parts.postgres, known))
  const events = new EventSender(parts)
  const invalidations = new InvalidationPublisher(parts.redis, tokenCache)
  const audit = new AuditTrail({
    ...parts,
    siteLog: parts.log,
    log: parts.auditLog ?? unfiltered(parts.log),
    ...(events.isOn && { listener: (acts) => events.signIns(acts) }),
  })
  return {
    ...parts,
    tokenCache,
    programCache: createProgramCache(tokenCache),
    quotaCache: new QuotaCache(parts, tokenCache),
    invalidations,
    unsealedKeys: new UnsealedKeyLookup(parts.postgres, (key) => isIssuedHere(parts.keys.tokenKeys, key)),
    markedTokens: new MarkedTokens(parts),
    restoreLock: new RestoreLock(parts.postgres),
    foreignTokens: new ForeignTokens(
      parts.settings.foreignTokens,
      (id, limit) => recipesAfter(parts.postgres, id, limit),
      ticks,
    ),
    alarms: new AlarmSender(parts),
    events,
    outages: new OutageLog(parts.log),
    delegating: new DelegationWriter({ ...parts, invalidations, audit }),
    audit,
  }
}

/** Writes at every level of the site's log: an audit event is no message to be filtered. */
const unfiltered = (log: Logger): Logger => log.child({}, { level: 'info' })
