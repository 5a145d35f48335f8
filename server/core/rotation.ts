import type { EpochSeconds } from './time.js'
import type { TokenKey } from './token.js'

/** How long the old token of a rotation works on, unless the caller says. */
export const DEFAULT_OVERLAP: EpochSeconds = 24 * 3600

/** When the old token ends: after the overlap, but never later than it would have. */
export function endOfOverlap(
  expires: EpochSeconds | undefined,
  overlap: EpochSeconds,
  now: EpochSeconds,
): EpochSeconds {
  return Math.min(expires ?? Number.POSITIVE_INFINITY, now + overlap)
}

/** What the old token is called meanwhile: its successor has its name. */
export function nameOfOld(name: string, key: TokenKey): string {
  return `${[...name].slice(0, 48).join('')} (old ${key.slice(0, 8)})`
}
