import { createHmac } from 'node:crypto'
import type { Delegation } from '../access/requirement.js'
import type { EpochSeconds } from '../time.js'
import { type Scope, sortScopes } from './scope.js'
import { type Token, type TokenKey, tokenFromBytes } from './token.js'

/** What a delegated token is derived from: the same of these is the same token, in every process and replica. */
export interface Derivation {
  readonly parent: TokenKey
  readonly type: Delegation['type']
  readonly service: string | undefined
  readonly scopes: readonly Scope[]
  readonly expires: EpochSeconds
  /** How many tokens of this derivation have been revoked by themselves. */
  readonly generation: number
}

/**
 * Works out a delegated token. It is not remembered anywhere: whoever holds the master key works out the same, and no
 * store has its secret to lose. One half of the output is public as the key; of a pseudo-random function that says
 * nothing about the other.
 */
export function deriveToken(key: Uint8Array, sealKey: Uint8Array, from: Derivation): Token {
  const { parent, type, service = null, scopes, expires, generation } = from
  const input = JSON.stringify([parent, type, service, scopes, expires, generation])
  const bytes = createHmac('sha256', key).update(input).digest()
  return tokenFromBytes('redis', bytes.subarray(0, 16), bytes.subarray(16, 32), sealKey)
}

/** What the delegated token may do: a notebook all that its parent may, a service what was asked for of it. */
export function delegatedScopes(delegation: Delegation, held: readonly Scope[]): readonly Scope[] {
  if (delegation.type === 'notebook') return sortScopes(held)
  return sortScopes(delegation.scopes.filter((scope) => held.includes(scope)))
}

interface Lifetime {
  /** The longest that a delegated token may last. */
  readonly lifetime: EpochSeconds
  readonly parentExpires: EpochSeconds | undefined
  /** What it must still have before it. */
  readonly needed: EpochSeconds
}

/**
 * When a delegated token ends. At the end of a window, so that all who ask within it get the same token. A window is half
 * of the longest lifetime, so that a token has between half and all of it left; less where a caller needs more. Each
 * parent has windows of its own, or all tokens of a site would end in one second.
 */
export function delegatedExpiry(
  parent: TokenKey,
  { lifetime, parentExpires, needed }: Lifetime,
  now: EpochSeconds,
): EpochSeconds {
  const window = Math.max(1, Math.floor(Math.min(lifetime / 2, lifetime - needed)))
  const phase = Buffer.from(parent, 'base64url').readUInt32BE(0) % window
  const end = endOfWindow(now + lifetime - window, window, phase)
  return Math.min(end, parentExpires ?? end)
}

/** The first instant after `at` that is `phase` after a multiple of `window`. */
function endOfWindow(at: EpochSeconds, window: EpochSeconds, phase: EpochSeconds): EpochSeconds {
  return Math.floor((at - phase) / window) * window + window + phase
}
