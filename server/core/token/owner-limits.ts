import type { Group, TokenRecord } from './record.js'
import { type GroupMapping, type Scope, scopesOfGroups } from './scope.js'

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
  mapping: GroupMapping | undefined,
): TokenRecord | undefined {
  if (owner?.disabled) return undefined
  const email = token.pinned?.email ?? owner?.email
  const groups = token.pinned?.groups?.length ? token.pinned.groups : owner?.groups
  const held = token.granted ? undefined : scopesHeldBy(owner, mapping)
  return {
    ...token,
    ...(held && { scopes: token.scopes.filter((scope) => held.includes(scope)) }),
    ...(email !== undefined && { email }),
    ...(groups && { groups: groups.map(({ name }) => name) }),
  }
}

/**
 * Returns the function that names the scopes of a token that no group of its owner gives any more: what the owner has is
 * worked out once for all of their tokens.
 */
export function notInEffectBy(
  owner: Person | undefined,
  mapping: GroupMapping | undefined,
): (token: Pick<TokenRecord, 'scopes' | 'granted'>) => readonly Scope[] {
  if (owner?.disabled) return ({ scopes }) => scopes
  const held = scopesHeldBy(owner, mapping)
  return ({ scopes, granted }) => (held && !granted ? scopes.filter((scope) => !held.includes(scope)) : [])
}

/** Returns the scopes that an owner's groups give; undefined where they limit no token. */
function scopesHeldBy(owner: Person | undefined, mapping: GroupMapping | undefined): readonly Scope[] | undefined {
  if (!mapping || !owner?.groups) return undefined
  return scopesOfGroups(
    owner.groups.map(({ name }) => name),
    mapping,
  )
}
