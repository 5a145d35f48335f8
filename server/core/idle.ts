import type { EpochSeconds } from './time.js'
import type { TokenKey } from './token.js'

/**
 * Seconds that a use may be on its way from the process that saw it to the store where the others look. A session is judged
 * by what the store has, so it gets this much more: it may end a little late, and never early.
 */
export const USE_LAG: EpochSeconds = 5

/** The session that a token is, or came from, as it was when the token was read. */
export interface SessionUse {
  readonly key: TokenKey
  /** When it was last used, by itself or by what was delegated from it; signing in is the first use. */
  readonly lastUsed: EpochSeconds
}

/**
 * Whether nobody has used a session for too long. A function of what was read, so that it can be asked of a record that is
 * remembered; there `true` only says that it is time to read again, because uses since the reading are not in it.
 *
 * @param limit absent: sessions do not end by not being used
 */
export function isIdle(use: SessionUse | undefined, limit: EpochSeconds | undefined, now: EpochSeconds): boolean {
  return use !== undefined && limit !== undefined && now >= use.lastUsed + limit + USE_LAG
}

/** When a session will end if nobody uses it again. */
export function sessionEnd(
  expires: EpochSeconds,
  lastUsed: EpochSeconds,
  limit: EpochSeconds | undefined,
): EpochSeconds {
  return limit === undefined ? expires : Math.min(expires, lastUsed + limit)
}
