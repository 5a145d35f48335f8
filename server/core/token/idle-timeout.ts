import type { EpochSeconds } from '../time.js'
import type { LifetimePolicies } from './lifetime.js'
import type { TokenRecord, TokenType } from './record.js'
import { isAdminScope } from './scope.js'

/** Idle timeouts in seconds, by token type. Absent: none. */
export type IdleLimits = { readonly [T in TokenType]?: EpochSeconds | undefined } & {
  /** For sessions with an `admin:*` scope, besides that of every session. */
  readonly administrator?: EpochSeconds | undefined
}

interface Configured {
  readonly sessionIdleLifetime?: EpochSeconds | undefined
  readonly adminSessionIdleLifetime?: EpochSeconds | undefined
  readonly tokenPolicy: LifetimePolicies
}

/** Reads the idle timeouts of a site. Delegated tokens have none of their own: they end with their parent. */
export function idleLimits({
  sessionIdleLifetime,
  adminSessionIdleLifetime,
  tokenPolicy: { user, service },
}: Configured): IdleLimits {
  return {
    session: sessionIdleLifetime,
    administrator: adminSessionIdleLifetime,
    user: user?.idle,
    service: service?.idle,
  }
}

/** Returns the idle timeout of a token; the shorter one where an administrator's session has two. */
export function idleLimitOf(
  { type, scopes }: Pick<TokenRecord, 'type' | 'scopes'>,
  { administrator, ...limits }: IdleLimits,
): EpochSeconds | undefined {
  const limit = limits[type]
  if (type !== 'session' || administrator === undefined || !scopes.some(isAdminScope)) return limit
  return Math.min(administrator, limit ?? administrator)
}

/**
 * Computes when the idle timeout ends a token. A use of it, or of a token delegated from it, restarts the timeout;
 * creation is the first use. Undefined where its type has no timeout.
 */
export function idleEnd(
  token: Pick<TokenRecord, 'type' | 'scopes' | 'created' | 'lastUsed' | 'usedBelow'>,
  limits: IdleLimits,
): EpochSeconds | undefined {
  const { created, lastUsed, usedBelow } = token
  const limit = idleLimitOf(token, limits)
  return limit === undefined ? undefined : Math.max(created, lastUsed?.at ?? created, usedBelow ?? created) + limit
}

/**
 * Returns whether the idle timeout has ended a token. For a cached record, `true` only means that it must be read again:
 * later uses are not in it.
 *
 * @param late seconds by which a use may be recorded late: no token ends while its last use is not written yet
 */
export function isIdle(end: EpochSeconds | undefined, now: EpochSeconds, late: EpochSeconds): boolean {
  return end !== undefined && now >= end + late
}
