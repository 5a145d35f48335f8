import { createHash } from 'node:crypto'
import type { TokenKey } from '../token/token.js'

/** From so many tokens on their number is to be typed. */
export const TYPED_FROM = 100

/**
 * Returns a name for a set of tokens: an act is done to the very set that was looked at, or not at all. The order of the keys does not
 * count.
 */
export function fingerprintOf(keys: readonly TokenKey[]): string {
  return createHash('sha256')
    .update([...keys].sort().join('\n'))
    .digest('base64url')
}

/** What an administrator sends with an act. */
export interface Confirmed {
  /** As it may be stored; empty: none. */
  readonly reason: string
  /** The fingerprint of the set that was looked at, and how many were in it. */
  readonly seen: string
  readonly count: number
  /** The number as it was typed. */
  readonly typed: string
  /** Whether the administrator accepts that the set changes meanwhile. */
  readonly asItIs: boolean
}

/** Why nothing is done. */
export type ActMistake = 'reason' | 'number' | 'changed'

/**
 * Judges whether an act on a set of tokens may be done. A set that has changed is asked about again.
 *
 * Attack: a thief makes a token every second, and each preview is out of date when it is confirmed. An administrator who was asked
 * again may accept the set as it is by then.
 */
export function mistakesOfAct(
  { reason, seen, count, typed, asItIs }: Confirmed,
  keys: readonly TokenKey[],
): readonly ActMistake[] {
  const hasChanged = !asItIs && fingerprintOf(keys) !== seen
  const isTyped = Math.max(count, keys.length) >= TYPED_FROM
  const number = asItIs ? count : keys.length
  return [
    ...(hasChanged ? (['changed'] as const) : []),
    ...(reason === '' ? (['reason'] as const) : []),
    ...(isTyped && typed.trim() !== String(number) ? (['number'] as const) : []),
  ]
}
