import { type EpochSeconds, HOUR } from '../time.js'
import type { Scope } from '../token/scope.js'
import type { Digest } from '../token/token.js'

/** A client of the OpenID Connect server: a service whose users sign in here. */
export interface OpenIdClient {
  readonly id: string
  /** Its name, as users see it. */
  readonly description: string
  /** For administrators. */
  readonly notes?: string
  readonly redirectUris: readonly string[]
  readonly postLogoutUris: readonly string[]
  /** Where it is told of the end of a session. */
  readonly backchannelLogoutUri?: string
  /** Whether it can keep no secret: a command line, a page of script. */
  readonly isPublic: boolean
  /** Whether it belongs to the site, so that users are not asked what it may learn of them. */
  readonly isOwnSite: boolean
  /** The scope that its users must hold. */
  readonly requiredScope?: Scope
  /** The groups of which its users must be in one; none: every user. */
  readonly requiredGroups: readonly string[]
  readonly created: EpochSeconds
  readonly lastModified: EpochSeconds
  readonly lastModifiedBy: string
}

/** A secret of a client, as it is stored; a rotated one has an end. */
export interface ClientSecret {
  readonly digest: Digest
  readonly created: EpochSeconds
  readonly expires?: EpochSeconds
}

/** The scopes of OpenID Connect here, with the claims that each gives: Gafaelfawr's, and `groups`. */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'scope', 'jti'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
  groups: ['groups'],
  rubin: ['data_rights'],
} as const

/** Asks for a refresh token (OpenID Connect Core §11). */
export const OFFLINE_ACCESS = 'offline_access'

/**
 * Returns for how many seconds an access token is valid: as long as the session, or an hour for a client that has a refresh
 * token. Some refresh once a minute; the tokens before would all be valid, and in the user's list, until the session ends.
 */
export function accessTokenSeconds(scopes: readonly string[], untilSessionEnds: number): number {
  return scopes.includes(OFFLINE_ACCESS) ? Math.min(HOUR, untilSessionEnds) : untilSessionEnds
}

/** What decides whether a user may sign in to a client. */
interface Rights {
  readonly scopes: readonly Scope[]
  readonly groups?: readonly string[] | undefined
}

/** What a user lacks for a client: a scope, or one of its groups. */
export type MissingRight =
  | { readonly is: 'scope'; readonly scope: Scope }
  | { readonly is: 'groups'; readonly groups: readonly string[] }

/** Returns why a user may not sign in to a client; undefined when they may. */
export function missingRight(
  { requiredScope, requiredGroups }: Pick<OpenIdClient, 'requiredScope' | 'requiredGroups'>,
  { scopes, groups = [] }: Rights,
): MissingRight | undefined {
  if (requiredScope !== undefined && !scopes.includes(requiredScope)) {
    return { is: 'scope', scope: requiredScope }
  }
  if (requiredGroups.length === 0 || requiredGroups.some((group) => groups.includes(group))) return undefined
  return { is: 'groups', groups: requiredGroups }
}

/** Returns Rubin's claim `data_rights`: the releases that groups give, sorted, with spaces between; undefined for none. */
export function dataRights(
  groups: readonly string[],
  mapping: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const given = groups.flatMap((group) => (Object.hasOwn(mapping, group) ? (mapping[group] ?? []) : []))
  return [...new Set(given)].sort().join(' ') || undefined
}
