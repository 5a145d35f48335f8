import { type Quota, quotaFor } from '../../core/access/quota.js'
import type { Person } from '../../core/token/owner-limits.js'
import type { Group, Pinned } from '../../core/token/record.js'
import { findPerson } from '../../people/find-person.js'
import type { Context } from '../../storage/context.js'

/** Gafaelfawr's `UserInfo`. */
export interface UserInfo {
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly uid?: number
  readonly gid?: number
  readonly groups: readonly Group[]
  readonly quota?: Quota
}

/**
 * Describes a token's owner: fields pinned to the token by an administrator first, then those of the site's sources.
 * Unknown fields are absent, but groups are always present.
 */
export async function userInfo(
  context: Context,
  { username, pinned }: { readonly username: string; readonly pinned?: Pinned | undefined },
): Promise<UserInfo> {
  const person = await findPerson(context, username)
  const groups = pinned?.groups?.length ? pinned.groups : (person?.groups ?? [])
  const sorted = [...groups].sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = groups.map(({ name }) => name)
  const quota = quotaFor(names, context.settings.quota, (await context.quotaCache.get()).quotas)
  return { username, ...described(person), ...pinned, groups: sorted, ...(quota && { quota }) }
}

/** Selects the public fields of a user; whether the account is disabled is not among them. */
export function described({ name, email, uid, gid }: Partial<Person> = {}): Omit<UserInfo, 'username' | 'groups'> {
  return {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  }
}

/** Drops an empty list of groups, as the routes for administrators do. */
export function withoutDefaults({ groups, ...rest }: UserInfo) {
  return groups.length > 0 ? { ...rest, groups } : rest
}
