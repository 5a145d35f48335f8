import { DAY, type EpochSeconds } from '../time.js'
import type { ActId } from '../token/act.js'
import type { TokenType } from '../token/record.js'
import type { TokenKey } from '../token/token.js'

/** How long a suspension can be lifted. */
export const SUSPENSION_TIME: EpochSeconds = DAY

/** A token that is refused until an administrator lifts that, or until it is revoked. */
export interface Suspension {
  readonly key: TokenKey
  readonly username: string
  readonly tokenType: TokenType
  readonly tokenName?: string
  /** When the token expires; absent: never. */
  readonly expires?: EpochSeconds
  readonly since: EpochSeconds
  /** From then on it can no longer be lifted, and becomes a revocation. */
  readonly until: EpochSeconds
  readonly reason?: string
  /** The user name of the administrator. */
  readonly actor: string
  /** The act that it belongs to, with the other tokens of the act. */
  readonly act?: ActId
}

/** A change of a suspension, as a token's history shows it. */
export interface SuspensionChange {
  readonly token: TokenKey
  readonly username: string
  readonly action: 'suspend' | 'lift'
  /** The end of the suspension. */
  readonly until: EpochSeconds
  readonly reason?: string
  readonly actor: string
  readonly address?: string
  readonly act?: ActId
  readonly at: EpochSeconds
}

/** Merges two histories that have the newest entry first. */
export function mergedHistory<A extends { readonly at: EpochSeconds }, B extends { readonly at: EpochSeconds }>(
  changes: readonly A[],
  others: readonly B[],
): readonly (A | B)[] {
  return [...others, ...changes].sort((one, other) => other.at - one.at)
}

/** Computes the end of a suspension that begins now. */
export function endOfSuspension(since: EpochSeconds): EpochSeconds {
  return since + SUSPENSION_TIME
}

/**
 * Returns whether a suspension has run out: it becomes a revocation, and can no longer be lifted. The check does not ask for
 * this: a suspended token is refused until its suspension is lifted, so that no gap opens before the revocation.
 */
export function hasRunOut({ until }: Pick<Suspension, 'until'>, now: EpochSeconds): boolean {
  return until <= now
}
