import { Refusal } from '../access/refusal.js'
import { inWords } from '../duration.js'
import { DAY, type EpochSeconds, LAST_INSTANT, MINUTE } from '../time.js'
import type { TokenRecord, TokenType } from './record.js'
import type { TokenKey } from './token.js'

/** No token is made that would end sooner: it would be dead before its owner had pasted it. Gafaelfawr's MINIMUM_LIFETIME. */
export const MINIMUM_LIFETIME = 5 * MINUTE

/** Returns whether a token has expired. It is valid until its last second begins; without an end it never expires. */
export function hasExpired(expires: EpochSeconds | undefined, now: EpochSeconds): boolean {
  return expires !== undefined && now >= expires
}

/** Returns whether one end is later than another; an absent end is never. */
export function endsLater(end: EpochSeconds | undefined, other: EpochSeconds | undefined): boolean {
  return (end ?? Number.POSITIVE_INFINITY) > (other ?? Number.POSITIVE_INFINITY)
}

/** Checks whether a new token may end then. Refuses with `invalid_expires`. */
export function checkExpiry(expires: EpochSeconds | undefined, now: EpochSeconds): Refusal | undefined {
  if (expires === undefined) return undefined
  if (!(expires >= now + MINIMUM_LIFETIME)) return new Refusal('invalid_expires')
  if (expires > LAST_INSTANT)
    return new Refusal('invalid_expires', 'Token cannot be valid beyond the year 9999').worded('beyond')
  return undefined
}

/** How long tokens of a type may live: two limits, of which the one that comes first ends a token. Absent: no limit. */
export interface LifetimePolicy {
  /** Seconds from its creation. */
  readonly maximum?: EpochSeconds | undefined
  /** Seconds without a use. */
  readonly idle?: EpochSeconds | undefined
  /** By how much sooner than the maximum a token may end, so that many that are made at one instant do not all end at one. */
  readonly spread?: EpochSeconds | undefined
}

/** A site's policies by type of token. */
export type LifetimePolicies = { readonly [T in TokenType]?: LifetimePolicy | undefined }

/**
 * Computes the end of a new token. A request without an end gets the longest lifetime, less a share of the spread. A
 * request with one gets it, or `invalid_expires` beyond the maximum: a silent cut would only be noticed when a script
 * fails.
 *
 * @param share from 0 up to 1, by chance
 */
export function endOfNew(
  wanted: EpochSeconds | undefined,
  created: EpochSeconds,
  { maximum, spread = 0 }: LifetimePolicy,
  share: number,
): EpochSeconds | undefined | Refusal {
  if (maximum === undefined) return wanted
  const latest = created + maximum
  if (wanted === undefined) return latest - Math.floor(spread * share)
  return wanted <= latest
    ? wanted
    : new Refusal('invalid_expires', `Token may last ${inWords(maximum)} at most`).worded('maximum', {
        days: Math.floor(maximum / DAY),
      })
}

/** The ends of a token, as its bearer sees them. */
export interface TokenEnds {
  readonly expires?: EpochSeconds
  /** Unless it is used again before. */
  readonly idle?: EpochSeconds
}

/** Computes the ends of a token that has just been used, where its type has limits. */
export function endsAfterUse(
  { type, expires }: Pick<TokenRecord, 'type' | 'expires'>,
  policies: LifetimePolicies,
  now: EpochSeconds,
): TokenEnds | undefined {
  const policy = policies[type]
  if (policy === undefined) return undefined
  return {
    ...(expires !== undefined && { expires }),
    ...(policy.idle !== undefined && { idle: now + policy.idle }),
  }
}

/** The default overlap of a rotation, in seconds. */
export const DEFAULT_OVERLAP: EpochSeconds = 24 * 3600

/** Computes the end of a rotated token: after the overlap, but never later than before. */
export function endOfOverlap(
  expires: EpochSeconds | undefined,
  overlap: EpochSeconds,
  now: EpochSeconds,
): EpochSeconds {
  return Math.min(expires ?? Number.POSITIVE_INFINITY, now + overlap)
}

/** Names the old token during the overlap: its successor has its name. */
export function nameOfOld(name: string, key: TokenKey): string {
  return `${[...name].slice(0, 48).join('')} (old ${key.slice(0, 8)})`
}
