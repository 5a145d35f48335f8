import { createHmac } from 'node:crypto'
import type { Delegation } from '../access/requirement.js'
import type { EpochSeconds } from '../time.js'
import { isAdminScope, type Scope, sortScopes } from './scope.js'
import { type Token, type TokenKey, tokenFromBytes } from './token.js'

/** The inputs of a derivation: equal inputs give the same token in every process and replica. */
export interface Derivation {
  readonly parent: TokenKey
  readonly type: Delegation['type']
  readonly service: string | undefined
  readonly scopes: readonly Scope[]
  readonly expires: EpochSeconds
  /** How many tokens of this derivation have been revoked by themselves. */
  readonly generation: number
  /** The networks that it may be used from; absent: those of its parent. */
  readonly networks?: readonly string[] | undefined
}

/**
 * Derives a delegated token. No store holds its secret: every process with the master key derives the same. One half of
 * the output is public as the key; for a pseudo-random function that reveals nothing about the other half.
 */
export function deriveToken(key: Uint8Array, sealKey: Uint8Array, from: Derivation): Token {
  const { parent, type, service = null, scopes, expires, generation, networks } = from
  const input = JSON.stringify([parent, type, service, scopes, expires, generation, ...(networks ? [networks] : [])])
  const bytes = createHmac('sha256', key).update(input).digest()
  return tokenFromBytes('redis', bytes.subarray(0, 16), bytes.subarray(16, 32), sealKey)
}

/**
 * Returns the scopes of a delegated token: the requested ones of its parent's for a service; for a notebook all but
 * those of administrators.
 *
 * Attack: a notebook runs what its user downloads. An administrator's would hand such code the site.
 */
export function delegatedScopes(delegation: Delegation, held: readonly Scope[]): readonly Scope[] {
  if (delegation.type === 'notebook') return sortScopes(held.filter((scope) => !isAdminScope(scope)))
  return sortScopes(delegation.scopes.filter((scope) => held.includes(scope)))
}

interface Lifetime {
  /** The longest that a delegated token may last. */
  readonly lifetime: EpochSeconds
  readonly parentExpires: EpochSeconds | undefined
  /** Seconds that it must still be valid. */
  readonly needed: EpochSeconds
}

/**
 * Computes the end of a delegated token: the end of a window, so that all requests within it get the same token. A window
 * is half of the longest lifetime, so that a token has between half and all of it left; less where a caller needs more.
 * Each parent has windows of its own, or all tokens of a site would end in one second.
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
