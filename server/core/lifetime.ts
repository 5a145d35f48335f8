import { Refusal } from './refusal.js'
import { type EpochSeconds, MINUTE } from './time.js'

/** No token is made that would end sooner: it would be dead before its owner had pasted it. Gafaelfawr's MINIMUM_LIFETIME. */
export const MINIMUM_LIFETIME = 5 * MINUTE

/** The last second that PostgreSQL, JavaScript and a reader agree on: the end of the year 9999. */
const END_OF_TIME: EpochSeconds = 253_402_300_799

/** A token lives until its last second has begun; one without an end never expires. */
export function hasExpired(expires: EpochSeconds | undefined, now: EpochSeconds): boolean {
  return expires !== undefined && now >= expires
}

/** Whether a token made now may end then. Refuses with `invalid_expires`. */
export function checkExpiry(expires: EpochSeconds | undefined, now: EpochSeconds): Refusal | undefined {
  if (expires === undefined) return undefined
  if (!(expires >= now + MINIMUM_LIFETIME)) return new Refusal('invalid_expires')
  if (expires > END_OF_TIME) return new Refusal('invalid_expires', 'Token cannot be valid beyond the year 9999')
  return undefined
}
