import type { EpochSeconds } from '../time.js'
import type { TokenRecord } from '../token/record.js'
import type { CheckName } from './checks.js'
import { type HistoryFacts, mustHaveHistory } from './history.js'

/** What the stores say of a token in Redis. */
export interface RedisTokenFacts {
  /** Whether its key has a MAC of this site. */
  readonly isIssuedHere: boolean
  /** Absent: its record has no MAC of this site. */
  readonly record?: TokenRecord
  readonly expires: boolean
  /** Whether the index of its owner has it, by its end. */
  readonly isIndexed: boolean
  /** Whether PostgreSQL has its revocation. */
  readonly isRevoked: boolean
  readonly history: HistoryFacts
  /** Whether its parent, the parent of that, and so on, exist. */
  readonly hasWholeChain: boolean
  /** Whether the history has the end of one of them. */
  readonly hasEndedAncestor: boolean
}

/** Judges a token in Redis. One that fell with its parent stays there until it expires, and is in order. */
export function judgeRedisToken(facts: RedisTokenFacts, now: EpochSeconds): CheckName[] {
  const { record } = facts
  if (!record) return ['redis-seal']
  if (!facts.isIssuedHere) return ['redis-key']
  if (facts.isRevoked) return ['redis-revoked']
  if ((record.expires ?? 0) <= now) return facts.expires ? [] : ['redis-expiry']
  return [...(facts.expires ? [] : (['redis-expiry'] as const)), ...judgeLiving(record, facts, now)]
}

function judgeLiving(record: TokenRecord, facts: RedisTokenFacts, now: EpochSeconds): CheckName[] {
  const { history } = facts
  if (!facts.hasWholeChain) return history.isEnded || facts.hasEndedAncestor ? [] : ['redis-orphan']
  if (history.isEnded) return ['redis-ended']
  if (facts.hasEndedAncestor) return []
  const isHalfMade = !history.isBegun && mustHaveHistory(record.created, now)
  if (isHalfMade) return ['redis-history']
  return facts.isIndexed ? [] : ['index-missing']
}
