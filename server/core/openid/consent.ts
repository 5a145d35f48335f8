import type { EpochSeconds } from '../time.js'

/** What a user agreed that a client learns. */
export interface Consent {
  readonly scopes: readonly string[]
  /** The hosts to which the client could lead users at that time. */
  readonly hosts: readonly string[]
  readonly granted: EpochSeconds
}

/** Returns the hosts of addresses, sorted, each once. */
export function hostsOf(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map((each) => new URL(each).host))].sort()
}

/**
 * Returns the scopes that a client gets without a question, of those that it asks for; none where it now leads to a host that
 * the user has not seen.
 *
 * Attack: a client whose registration was taken over gets an address of the attacker's, and users who agreed long ago would be
 * led there with a code, without a page.
 */
export function agreedScopes(
  consent: Consent | undefined,
  asked: readonly string[],
  redirectUris: readonly string[],
): readonly string[] {
  if (!consent || hostsOf(redirectUris).some((host) => !consent.hosts.includes(host))) return []
  return asked.filter((scope) => consent.scopes.includes(scope))
}

/** Adds what a user agrees to now. What they agreed to for other hosts does not count any more. */
export function extendConsent(before: Consent | undefined, { scopes, hosts, granted }: Consent): Consent {
  const isSame = before !== undefined && hosts.every((host) => before.hosts.includes(host))
  return isSame
    ? { scopes: [...new Set([...before.scopes, ...scopes])].sort(), hosts, granted: before.granted }
    : { scopes: [...scopes].sort(), hosts, granted }
}
