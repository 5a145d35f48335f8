import type { EpochSeconds } from '../time.js'
import type { LifetimePolicies } from './lifetime.js'
import type { TokenRecord, TokenType } from './record.js'

/** Idle timeouts in seconds, by token type. Absent: none. */
export type IdleLimits = { readonly [T in TokenType]?: EpochSeconds | undefined }

interface Configured {
  readonly sessionIdleLifetime?: EpochSeconds | undefined
  readonly tokenPolicy: LifetimePolicies
}

/** Reads the idle timeouts of a site. Delegated tokens have none of their own: they end with their parent. */
export function idleLimits({ sessionIdleLifetime, tokenPolicy: { user, service } }: Configured): IdleLimits {
  return { session: sessionIdleLifetime, user: user?.idle, service: service?.idle }
}

/**
 * Computes when the idle timeout ends a token. A use of it, or of a token delegated from it, restarts the timeout;
 * creation is the first use. Undefined where its type has no timeout.
 */
export function idleEnd(
  { type, created, lastUsed, usedBelow }: Pick<TokenRecord, 'type' | 'created' | 'lastUsed' | 'usedBelow'>,
  limits: IdleLimits,
): EpochSeconds | undefined {
  const limit = limits[type]
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
