import type { EpochSeconds } from './time.js'
import type { TokenKey } from './token.js'

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
 * @param late seconds by which a use may be known late: no session ends for a use that is only not written down yet
 */
export function isIdle(
  use: SessionUse | undefined,
  limit: EpochSeconds | undefined,
  now: EpochSeconds,
  late: EpochSeconds,
): boolean {
  return use !== undefined && limit !== undefined && now >= use.lastUsed + limit + late
}

/** When a session will end if nobody uses it again. */
export function sessionEnd(
  expires: EpochSeconds,
  lastUsed: EpochSeconds,
  limit: EpochSeconds | undefined,
): EpochSeconds {
  return limit === undefined ? expires : Math.min(expires, lastUsed + limit)
}
