import type { Scope } from '../token/scope.js'
import type { Refusal } from './refusal.js'
import type { AuthType } from './requirement.js'

/** The site, as its challenges name it. */
export interface ChallengingSite {
  /** The host name that people see in the password dialog. */
  readonly realm: string
  /** The address of the document about the protected resource (RFC 9728 §5.1); absent: not named. */
  readonly metadata?: string
}

/**
 * The `WWW-Authenticate` value. "Both" stands in one line, because nginx before 1.23 passes only the first such header
 * of a subrequest, and TOPCAT, STILTS, wget and git connect only where Basic is on offer.
 *
 * @param scopes named when they are what is missing (RFC 6750, section 3)
 */
export function challenge(
  authType: AuthType,
  { realm, metadata }: ChallengingSite,
  refusal?: Refusal,
  scopes: readonly Scope[] = [],
): string {
  const basic = `Basic realm=${quoted(realm)}`
  if (authType === 'basic') return basic
  const parts = [`realm=${quoted(realm)}`]
  if (refusal?.word) {
    parts.push(`error="${refusal.word}"`, `error_description=${quoted(refusal.message)}`)
    if (scopes.length > 0) parts.push(`scope=${quoted(scopes.join(' '))}`)
  }
  // At the end: the files of the proxies read what is before it.
  if (metadata !== undefined) parts.push(`resource_metadata=${quoted(metadata)}`)
  const bearer = `Bearer ${parts.join(', ')}`
  return authType === 'both' ? `${bearer}, ${basic}` : bearer
}

/**
 * Builds the challenge to authenticate again (RFC 9470 §3).
 *
 * @param maxAge seconds that may have passed since then
 */
export function stepUpChallenge(site: ChallengingSite, refusal: Refusal, maxAge: number): string {
  return `${challenge('bearer', site, refusal)}, max_age="${maxAge}"`
}

/** RFC 6750 allows no quote, backslash or non-ASCII character in these values; anything else could end the header early. */
export function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '')}"`
}
