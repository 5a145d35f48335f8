import type { CheckName } from './checks.js'

/** What PostgreSQL says of a user name. */
export interface NameFacts {
  readonly hasAccount: boolean
  /** The user of a provider, if one has the name. */
  readonly person?: HeldIdentity
  /** The identity of the last entry of the name's history that bound it; absent where there is none. */
  readonly lastBound?: HeldIdentity
  /** Whether the identity is listed as refused for this very name. */
  readonly isRefused: boolean
}

export interface HeldIdentity {
  readonly provider: string
  readonly issuer: string | null
  readonly subject: string | null
}

/** Judges the owner of a user name. One without an identity is bound at the next sign-in, and in order. */
export function judgeName({ hasAccount, person, lastBound, isRefused }: NameFacts): CheckName[] {
  if (!person) return []
  const isHalf = (person.issuer === null) !== (person.subject === null)
  const isBound = person.issuer !== null && person.subject !== null
  return [
    ...(hasAccount ? (['name-twice'] as const) : []),
    ...(isHalf ? (['identity-half'] as const) : []),
    ...(isBound && lastBound && !isSameIdentity(person, lastBound) ? (['identity-history'] as const) : []),
    ...(isRefused ? (['identity-refused'] as const) : []),
  ]
}

function isSameIdentity(one: HeldIdentity, other: HeldIdentity): boolean {
  return one.provider === other.provider && one.issuer === other.issuer && one.subject === other.subject
}
