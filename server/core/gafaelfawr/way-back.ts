import type { EpochSeconds } from '../time.js'
import { endsLater, hasExpired } from '../token/lifetime.js'
import type { TokenRecord } from '../token/record.js'

/**
 * How Gafaelfawr would take a token that was imported from it:
 *
 * - `revived`: it has ended here, and would be valid there
 * - `wider`: it may do more there, or lasts longer, or may be used from more places
 * - `changed`: it may do less there, or ends earlier, or has another name
 */
export type Return = 'same' | 'changed' | 'wider' | 'revived'

/** @param here undefined where it has ended */
export function judgeReturn(here: TokenRecord | undefined, there: TokenRecord, now: EpochSeconds): Return {
  if (!here || hasExpired(here.expires, now)) return 'revived'
  const gains = there.scopes.some((scope) => !here.scopes.includes(scope))
  if (gains || endsLater(there.expires, here.expires) || here.restriction) return 'wider'
  const loses = here.scopes.some((scope) => !there.scopes.includes(scope))
  return loses || here.expires !== there.expires || here.name !== there.name ? 'changed' : 'same'
}
