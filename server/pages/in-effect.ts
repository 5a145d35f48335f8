import type { Scope } from '../core/scope.js'
import { scopesNotInEffect } from '../core/standing.js'
import type { TokenRecord } from '../core/token-record.js'
import { findPerson } from '../people/directory.js'
import type { Context } from '../stores/context.js'
import { DirectoryUnavailable } from '../stores/ldap-error.js'

/** What a token is shown with when it may do less at the moment than it was made for. */
export interface PartlyInEffect {
  /** Those of its scopes that no group of its owner's gives now; absent when all are in effect. */
  readonly notInEffect?: readonly Scope[]
}

/**
 * Marks a user's tokens with what of their scopes is not in effect: a list must not promise what a check refuses. While
 * nobody can tell, nothing is marked: an administrator has to find somebody's tokens all the same.
 */
export async function marking(
  context: Context,
  username: string,
): Promise<<T extends TokenRecord>(token: T) => T & PartlyInEffect> {
  const { scopesFollowGroups, groupMapping } = context.settings
  const owner = await findPerson(context, username).catch((error: unknown) => {
    if (error instanceof DirectoryUnavailable) return undefined
    throw error
  })
  return (token) => {
    const notInEffect = scopesNotInEffect(token, owner, scopesFollowGroups ? groupMapping : undefined)
    return notInEffect.length > 0 ? { ...token, notInEffect } : token
  }
}
