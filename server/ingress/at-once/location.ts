import type { RefusalCode } from '../../core/access/refusal.js'
import type { Requirement } from '../../core/access/requirement.js'
import type { Cell } from '../../core/tallies/check-tallies.js'
import type { Answer } from '../answer.js'
import type { ProxyProtocol } from '../forward-auth-protocols.js'
import type { RawHeaders } from '../raw-headers.js'

/** A location, as its proxy requests it. */
export interface CachedLocation {
  readonly protocol: ProxyProtocol
  readonly requirement: Requirement
  /** Counts the admissions of its service. */
  readonly admitted: Cell
  /** The answers to its refusals that are the same for each request. */
  readonly refusals: Map<RefusalCode, Answer>
  /** Whether it was asked since the last search for one to evict. */
  isRecentlyUsed: boolean
}

/** Reads the client's address of a check, by its `X-Forwarded-For`. */
export type ReadsAddress = (forwardedFor: string | undefined) => string | undefined

/** A check as it is answered at once: without waiting, and from few headers. */
export interface QuickCheck {
  readonly url: string
  readonly headers: RawHeaders
  readonly addressOf: ReadsAddress
}
