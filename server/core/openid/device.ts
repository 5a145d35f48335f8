import { type EpochSeconds, MINUTE } from '../time.js'

/** The grant type of the device flow (RFC 8628 §3.4). */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** The client of Postern's own command line. It is registered nowhere: it is there where the device flow is. */
export const CLI_CLIENT = 'postern-cli'

/** For how long a code may be entered (RFC 8628 §3.2, `expires_in`). */
export const DEVICE_LIFETIME = 10 * MINUTE
/** For how long at least a device may fetch what was approved. */
export const FETCH_LIFETIME = 2 * MINUTE

/** The seconds between two polls that a client keeps which is told of no other interval (RFC 8628 §3.2). */
export const POLL_INTERVAL = 5

/** Letters that cannot be taken for each other and spell no word (RFC 8628 §6.1); `oidc-provider` draws from them. */
const USER_CODE = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/

/**
 * Reads a user code as people type it: in small letters, with spaces or dashes anywhere, or none. Returns undefined for what
 * is no code.
 */
export function readUserCode(typed: string): string | undefined {
  if (typed.length > 40) return undefined
  const letters = typed.replaceAll(/[\s\p{Pd}_.]/gu, '').toUpperCase()
  return USER_CODE.test(letters) ? letters : undefined
}

/** Writes a user code as the device shows it: `BCDF-GHJK`. */
export function showUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** Until when a device may fetch what was approved now: one that was approved late still has the time to ask. */
export function endOfApproved(expires: EpochSeconds, now: EpochSeconds): EpochSeconds {
  return Math.max(expires, now + FETCH_LIFETIME)
}

/**
 * Returns the latest instant at which the poll before one now may have been. A second is allowed for, as instants are whole
 * seconds and requests take a different time on their way.
 */
export function latestPollBefore(now: EpochSeconds): EpochSeconds {
  return now - (POLL_INTERVAL - 1)
}
