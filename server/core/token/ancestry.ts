import { intersectRestrictions } from '../access/restriction.js'
import type { TokenRecord } from './record.js'
import { isAdminScope, type Scope } from './scope.js'
import type { TokenKey } from './token.js'

/** How often a token may be delegated on: each step costs every check a look-up. */
export const MAXIMUM_DEPTH = 8

/**
 * Limits a delegated token to its parent: it never does more, nor lasts longer, than the parent does now. Owner and
 * groups are the parent's.
 */
export function intersectWithParent(child: TokenRecord, parent: TokenRecord): TokenRecord {
  const restriction = intersectRestrictions(child.restriction, parent.restriction)
  const ends = [child.expires, parent.expires].filter((each) => each !== undefined)
  return {
    ...child,
    scopes: child.scopes.filter((scope) => parent.scopes.includes(scope) && isDelegable(scope, child)),
    ...(ends.length > 0 && { expires: Math.min(...ends) }),
    ...(parent.email !== undefined && { email: parent.email }),
    ...(parent.pinned !== undefined && { pinned: parent.pinned }),
    ...(restriction && { restriction }),
    ...(parent.groups !== undefined && { groups: parent.groups }),
    ...(parent.idle !== undefined && { idle: parent.idle }),
  }
}

/** Notebooks have no scope of administrators, those from before that rule included. */
function isDelegable(scope: Scope, { type }: TokenRecord): boolean {
  return type !== 'notebook' || !isAdminScope(scope)
}

interface DelegatedRecord {
  readonly key: TokenKey
  readonly parent?: TokenKey
}

/** Returns a function that lists a token's descendants, parents first. */
export function ancestry<T extends DelegatedRecord>(delegated: readonly T[]): (root: TokenKey) => T[] {
  const children = new Map<TokenKey, T[]>()
  for (const each of delegated) {
    if (each.parent !== undefined) children.set(each.parent, [...(children.get(each.parent) ?? []), each])
  }
  const below = (root: TokenKey): T[] => (children.get(root) ?? []).flatMap((child) => [child, ...below(child.key)])
  return below
}
