import type { Group, TokenRecord } from './record.js'
import { type Scope, scopesOfGroups } from './scope.js'

/** What the site's sources say of somebody now. What none of them says is absent. */
export interface Person {
  readonly username: string
  readonly name?: string
  readonly email?: string
  /** Whether the address is theirs beyond doubt: a local account's, a directory's, or one that a provider vouches for. */
  readonly emailVerified?: true
  readonly uid?: number
  readonly gid?: number
  /** Absent: no source knows their groups, which is not the same as being in none. */
  readonly groups?: readonly Group[]
  readonly disabled?: true
}

/**
 * A token as its owner's standing leaves it: a disabled account's is no token at all, and what one may do is never more
 * than one's groups give now, or somebody who has left a project could go on with what they once were given. What an
 * administrator made (service tokens among them) keeps what it was given.
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

/** Those of a token's scopes that are not in effect now, because no group of its owner's gives them any more. */
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
