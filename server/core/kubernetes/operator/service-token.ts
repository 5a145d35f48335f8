import type { EpochSeconds } from '../../time.js'
import { hasExpired } from '../../token/lifetime.js'
import type { TokenRecord } from '../../token/record.js'
import type { Scope } from '../../token/scope.js'

/** What a resource says of the token of a service. */
export interface WantedServiceToken {
  readonly service: string
  readonly scopes: readonly Scope[]
  /** Seconds; absent: it ends with the resource, or by the site's own policy. */
  readonly lifetime?: EpochSeconds | undefined
  /** Seconds before its end at which it is replaced; a third of its life when not given. */
  readonly rotateBefore?: EpochSeconds | undefined
  /** Seconds for which the old token works on: pods read a Secret late. */
  readonly overlap: EpochSeconds
}

type HeldToken = Pick<TokenRecord, 'type' | 'username' | 'scopes' | 'created' | 'expires'>

/**
 * Whether the token that a Secret has is the one that is wanted. One that was made elsewhere, such as an imported one, counts: its
 * pods have it.
 */
export function isWantedToken(wanted: WantedServiceToken, held: HeldToken, now: EpochSeconds): boolean {
  const { service, scopes, lifetime } = wanted
  const isSame = held.type === 'service' && held.username === service && sameSet(held.scopes, scopes)
  const isTooLong = lifetime !== undefined && (held.expires ?? Number.POSITIVE_INFINITY) > now + lifetime
  const due = rotationOf(wanted, held)
  return isSame && !isTooLong && !hasExpired(held.expires, now) && (due === undefined || now < due)
}

/** When a token is replaced; never where it does not end. */
export function rotationOf(
  { rotateBefore }: WantedServiceToken,
  { created, expires }: Pick<HeldToken, 'created' | 'expires'>,
): EpochSeconds | undefined {
  if (expires === undefined) return undefined
  return expires - (rotateBefore ?? Math.floor((expires - created) / 3))
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const [first, second] = [new Set(one), new Set(other)]
  return first.size === second.size && [...first].every((each) => second.has(each))
}
