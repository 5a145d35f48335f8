import type { Suspension } from '../../core/incident/suspension.js'
import type { EpochSeconds } from '../../core/time.js'
import { idleEnd, idleLimits } from '../../core/token/idle-timeout.js'
import { notInEffectBy } from '../../core/token/owner-limits.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Scope } from '../../core/token/scope.js'
import type { TokenKey } from '../../core/token/token.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'
import type { PersonRows } from '../../storage/postgres/people.js'
import { suspensionsOfUser } from '../../storage/postgres/suspensions/suspensions.js'
import { LdapUnavailable } from '../../storage/unavailable.js'

/** The details of a token that lists show and its record lacks. */
export interface Annotations {
  /** Those of its scopes that no group of its owner's gives now; absent when all are in effect. */
  readonly notInEffect?: readonly Scope[]
  /** When it ends unless it is used before, where the site has such a limit. */
  readonly idleEnds?: EpochSeconds
  /** That an administrator suspended it, or the token that it came from. */
  readonly suspension?: Pick<Suspension, 'until' | 'reason'>
}

/** What the page has of the owner. */
interface ReadAlready {
  readonly suspensions: Promise<ReadonlyMap<TokenKey, Suspension>>
  readonly owner: Promise<PersonRows>
}

/**
 * Annotates a user's tokens with the scopes that are not in effect, which a list must not promise, and with their idle
 * timeout and suspension. During an outage of LDAP nothing is annotated: an administrator must find a user's tokens all the same.
 *
 * @param read what of the user was read already
 */
export async function annotate(
  context: Context,
  username: string,
  read: Partial<ReadAlready> = {},
): Promise<<T extends TokenRecord>(token: T) => T & Annotations> {
  const { scopesFollowGroups, groupMapping } = context.settings
  const limits = idleLimits(context.settings)
  const [owner, suspensions] = await Promise.all([
    ownerOf(context, username, read.owner).catch((error: unknown) => {
      if (error instanceof LdapUnavailable) return undefined
      throw error
    }),
    read.suspensions ?? suspensionsOfUser(context.postgres, username),
  ])
  const notInEffectOf = notInEffectBy(owner, scopesFollowGroups ? groupMapping : undefined)
  return (token) => {
    const suspension = suspensions.get(token.key) ?? (token.parent && suspensions.get(token.parent))
    const notInEffect = notInEffectOf(token)
    const idleEnds = idleEnd(token, limits)
    // As most are: to copy a token takes longer than all of this.
    if (notInEffect.length === 0 && idleEnds === undefined && !suspension) return token
    return {
      ...(notInEffect.length > 0 && { notInEffect }),
      ...(idleEnds !== undefined && { idleEnds }),
      ...(suspension && { suspension }),
      ...token,
    }
  }
}

async function ownerOf(context: Context, username: string, rows?: Promise<PersonRows>) {
  return findPerson(context, username, { rows: await rows })
}
