import type { EpochSeconds } from '../time.js'
import type { Finding } from './checks.js'
import { type HistoryFacts, mustHaveHistory } from './history.js'

/** What is compared of a token and of the last entry of its history that describes it. */
export interface Described {
  readonly username: string
  readonly type: string
  readonly name: string | null
  readonly scopes: readonly string[]
  readonly expires: EpochSeconds | null
}

/** What PostgreSQL says of a token that it has. */
export interface PostgresTokenFacts extends Described {
  readonly key: string
  readonly created: EpochSeconds
  /** Whether its key has a MAC of this site. */
  readonly isIssuedHere: boolean
  readonly isImported: boolean
  /** Whether PostgreSQL has its parent; true for a token without one. */
  readonly hasParent: boolean
  readonly history: HistoryFacts
  /** Absent: the history has no such entry. */
  readonly last?: Described
}

interface Site {
  readonly now: EpochSeconds
  readonly knownScopes: ReadonlySet<string>
}

/** Judges a token in PostgreSQL. What was imported has the history of another gate, or none. */
export function judgePostgresToken(facts: PostgresTokenFacts, { now, knownScopes }: Site): Finding[] {
  const { key, username, history, last } = facts
  const found = (check: Finding['check'], detail?: string): Finding => ({
    check,
    subject: key,
    owner: username,
    ...(detail !== undefined && { detail }),
  })
  const unknown = facts.scopes.filter((scope) => !knownScopes.has(scope))
  const differing = last && !facts.isImported ? differences(facts, last) : []
  const hasNoHistory = !history.isBegun && !facts.isImported && mustHaveHistory(facts.created, now)
  return [
    ...(history.isEnded ? [found('postgres-ended')] : []),
    ...(facts.hasParent || history.isEnded ? [] : [found('postgres-orphan')]),
    ...(hasNoHistory && !history.isEnded ? [found('postgres-history')] : []),
    ...(differing.length > 0 ? [found('postgres-differs', differing.join(', '))] : []),
    ...(facts.isIssuedHere || facts.isImported ? [] : [found('postgres-key')]),
    ...(unknown.length > 0 ? [found('token-scope', unknown.join(' '))] : []),
  ]
}

function differences(token: Described, last: Described): string[] {
  const scopes = (of: Described) => [...of.scopes].sort().join(' ')
  const fields = ['username', 'type', 'name', 'expires'] as const
  const differing = fields.filter((field) => token[field] !== last[field])
  return [...differing, ...(scopes(token) === scopes(last) ? [] : ['scopes'])]
}
