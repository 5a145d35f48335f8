import type { EpochSeconds } from '../time.js'
import { endsLater } from '../token/lifetime.js'
import type { TokenRecord } from '../token/record.js'

/** The part of a token that the list searches, filters and sorts by. */
export interface Listed extends Pick<TokenRecord, 'key' | 'name' | 'scopes' | 'created' | 'expires' | 'usedBelow'> {
  readonly lastUsed?: { readonly at: EpochSeconds }
  /** When it ends unless it is used before, where the site has such a limit. */
  readonly idleEnds?: EpochSeconds
}

/** Returns the earlier of a token's two ends; undefined: none. */
export function nextEnd({ expires, idleEnds }: Listed): EpochSeconds | undefined {
  return endsLater(expires, idleEnds) ? idleEnds : expires
}

/** Returns the last use of a token, or of one delegated from it; undefined: never used. */
export function lastUse({ lastUsed, usedBelow }: Listed): EpochSeconds | undefined {
  const latest = Math.max(lastUsed?.at ?? 0, usedBelow ?? 0)
  return latest > 0 ? latest : undefined
}
