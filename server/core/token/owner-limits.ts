import type { Group, TokenRecord } from './record.js'
import { type Scope, scopesOfGroups } from './scope.js'

/** A user as the site's sources describe them now. Fields that no source knows are absent. */
export interface Person {
  readonly username: string
  readonly name?: string
  readonly email?: string
  /** Whether the address is verified: from a local account, from LDAP, or marked so by the provider. */
  readonly emailVerified?: true
  readonly uid?: number
  readonly gid?: number
  /** Absent: no source knows their groups, which differs from being in none. */
  readonly groups?: readonly Group[]
  readonly disabled?: true
}

/**
 * Limits a token to its owner's present rights. A disabled owner has no valid token. Scopes never exceed those that the
 * owner's groups give now, or a user who left a project would keep its scopes. Tokens made by an administrator (service
 * tokens among them) keep theirs.
 *
 * @param mapping scope → groups; absent where the site lets tokens keep what they were made with
 */
export function applyOwner(
  token: TokenRecord,
  owner: Person | undefined,
  mapping: ReadonlyMap<Scope, ReadonlySet<string>> | undefined,
): TokenRecord | undefined {
  if (owner?.disabled) return undefined
  const email = token.pinned?.email ?? owner?.email
  const groups = token.pinned?.groups?.length ? token.pinned.groups : owner?.groups
  const limits = mapping && owner?.groups && !token.granted ? { groups: owner.groups, mapping } : undefined
  return {
    ...token,
    ...(limits && { scopes: scopesHeldBy(limits.groups, limits.mapping, token.scopes) }),
    ...(email !== undefined && { email }),
    ...(groups && { groups: groups.map(({ name }) => name) }),
  }
}

/** Returns the scopes of a token that no group of its owner gives any more. */
export function scopesNotInEffect(
  token: TokenRecord,
  owner: Person | undefined,
  mapping: ReadonlyMap<Scope, ReadonlySet<string>> | undefined,
): readonly Scope[] {
  const inEffect = applyOwner(token, owner, mapping)?.scopes ?? []
  return token.scopes.filter((scope) => !inEffect.includes(scope))
}

function scopesHeldBy(
  groups: readonly Group[],
  mapping: ReadonlyMap<Scope, ReadonlySet<string>>,
  scopes: readonly Scope[],
): readonly Scope[] {
  const held = scopesOfGroups(
    groups.map(({ name }) => name),
    mapping,
  )
  return scopes.filter((scope) => held.includes(scope))
}
