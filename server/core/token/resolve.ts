import type { EpochSeconds } from '../time.js'
import { intersectWithParent, MAXIMUM_DEPTH } from './ancestry.js'
import { isIdle } from './idle-timeout.js'
import { applyOwner, type Person } from './owner-limits.js'
import type { TokenRecord } from './record.js'
import type { Scope } from './scope.js'

/** Facts about a token, as loaded from the stores. */
export interface TokenFacts {
  /** The token, its parent, and so on up to the token without a parent; at least one. */
  readonly chain: readonly TokenRecord[]
  /** When the idle timeout ends the last of the chain; absent where it has none. */
  readonly idleEnd?: EpochSeconds | undefined
  readonly owner: OwnerFacts
  /** Whether Redis has one of the chain marked as suspended. */
  readonly isMarked?: boolean
}

/** The owner of a chain as the sources know them now, or that the database did not say. `anyRefused`: one of the chain was revoked or is suspended. */
export type OwnerFacts =
  | { readonly is: 'known'; readonly person: Person | undefined; readonly anyRefused: boolean }
  | { readonly is: 'unavailable' }

export interface ResolveRules {
  readonly now: EpochSeconds
  /** Seconds by which a use may be recorded late. */
  readonly usageLag: EpochSeconds
  /** Scope → groups; absent where the site lets tokens keep their scopes. */
  readonly mapping: ReadonlyMap<Scope, ReadonlySet<string>> | undefined
}

/** A token's effective record. */
export interface Resolved {
  readonly record: TokenRecord
  /** Judged without the database. */
  readonly provisional?: true
}

/**
 * Judges a token by its facts: limits it by its owner and by every ancestor. Returns undefined when it or an ancestor was
 * revoked, is suspended, has been idle for too long, or belongs to a disabled user, and when the chain is too long or incomplete. The
 * record expires with the first of the chain; callers compare that with their clock.
 *
 * Without the database, the record of a session says who its owner was at sign-in; the judgement is provisional then.
 */
export function resolve({ chain, idleEnd, owner, isMarked }: TokenFacts, rules: ResolveRules): Resolved | undefined {
  const root = chain.at(-1)
  if (!root || root.parent !== undefined || chain.length > MAXIMUM_DEPTH + 1) return undefined
  if (isIdle(idleEnd, rules.now, rules.usageLag)) return undefined
  if (owner.is === 'known' && owner.anyRefused) return undefined
  // The mark alone would refuse a session whose suspension was lifted while Redis was down.
  if (owner.is === 'unavailable' && isMarked) return undefined
  const timed = idleEnd === undefined ? root : { ...root, idle: { key: root.key, at: idleEnd } }
  const limited = owner.is === 'known' ? applyOwner(timed, owner.person, rules.mapping) : timed
  if (!limited) return undefined
  const record = chain.slice(0, -1).reduceRight((parent, child) => intersectWithParent(child, parent), limited)
  // An imported token does not say how deep it is.
  const depth = record.depth ?? chain.length - 1
  return {
    record: withoutUses(depth > 0 ? { ...record, depth } : record),
    ...(owner.is === 'unavailable' && { provisional: true }),
  }
}

/** Removes the last uses: other processes go on using the token, so only the stores know them. */
function withoutUses({ lastUsed: _lastUsed, usedBelow: _usedBelow, ...record }: TokenRecord): TokenRecord {
  return record
}
