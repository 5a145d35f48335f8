import type { EpochSeconds } from '../time.js'
import type { LifetimePolicies } from './lifetime.js'
import type { TokenRecord, TokenType } from './record.js'

/** Seconds that tokens may go without a use, by type. Absent: as long as they like. */
export type IdleLimits = { readonly [T in TokenType]?: EpochSeconds | undefined }

interface Configured {
  readonly sessionIdleLifetime?: EpochSeconds | undefined
  readonly tokenPolicy: LifetimePolicies
}

/** What a site allows. Delegated tokens have no limit of their own: they end with what they came from. */
export function idleLimits({ sessionIdleLifetime, tokenPolicy: { user, service } }: Configured): IdleLimits {
  return { session: sessionIdleLifetime, user: user?.idle, service: service?.idle }
}

/**
 * The instant at which a token ends unless it, or what was delegated from it, is used before. Being made, or signing in,
 * is the first use. Nothing where its type has no limit.
 */
export function idleEnd(
  { type, created, lastUsed, usedBelow }: Pick<TokenRecord, 'type' | 'created' | 'lastUsed' | 'usedBelow'>,
  limits: IdleLimits,
): EpochSeconds | undefined {
  const limit = limits[type]
  return limit === undefined ? undefined : Math.max(created, lastUsed?.at ?? created, usedBelow ?? created) + limit
}

/**
 * Whether a token has gone without a use for too long. Asked of what is remembered, `true` only says that it is time to read
 * again: uses since then are not in it.
 *
 * @param late seconds by which a use may be known late: no token ends for a use that is only not written down yet
 */
export function isIdle(end: EpochSeconds | undefined, now: EpochSeconds, late: EpochSeconds): boolean {
  return end !== undefined && now >= end + late
}
