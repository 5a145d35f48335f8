import type { EpochSeconds } from '../time.js'
import type { TokenType } from '../token/record.js'
import type { Scope } from '../token/scope.js'
import type { TokenKey } from '../token/token.js'

/**
 * Selects the tokens and sessions of an incident: all that are given must fit. Without any it selects none; every token of the site
 * is a choice of its own.
 */
export interface IncidentFilter {
  /** Every token of every user, for the other fields to narrow. */
  readonly everyone?: true
  readonly users?: readonly string[]
  /** Users who are in it now. */
  readonly group?: string
  readonly types?: readonly TokenType[]
  readonly scope?: Scope
  /** Inclusive. */
  readonly createdSince?: EpochSeconds
  /** Exclusive. */
  readonly createdBefore?: EpochSeconds
  /** Used at this instant or later; its creation is the first use of a token, as in all fields about uses. */
  readonly usedSince?: EpochSeconds
  /** Used at this instant or before. */
  readonly usedUntil?: EpochSeconds
  /** An address, or a network in CIDR form. */
  readonly network?: string
  /** A part of the User-Agent, in any case. Of a creation none is known. */
  readonly client?: string
  readonly key?: TokenKey
  /** With those that were created with them, and with these: a thief makes heirs. Selects nothing by itself. */
  readonly heirs?: true
}

/** Returns whether a filter selects anything at all. */
export function isGiven({ heirs: _, ...fields }: IncidentFilter): boolean {
  return Object.values(fields).some((value) => value !== undefined)
}

/** Returns whether a filter asks how a token was used: all of it must fit one and the same use. */
export function asksForUse({ usedSince, usedUntil, network, client }: IncidentFilter): boolean {
  return [usedSince, usedUntil, network, client].some((value) => value !== undefined)
}
