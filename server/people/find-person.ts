import { type LdapResult, mergeSources, type OwnGroups, withAssignedUid } from '../core/people/merge-sources.js'
import type { Person } from '../core/token/owner-limits.js'
import type { Group } from '../core/token/record.js'
import { privilegedGroups } from '../settings/privileged-groups.js'
import type { Settings } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import { listAllGroups } from '../storage/postgres/accounts.js'
import { listAssignedUids } from '../storage/postgres/imports/assigned-numbers.js'
import { findPersonRows, listPeople, type PersonRows } from '../storage/postgres/people.js'
import { LdapUnavailable, UnusableUser } from '../storage/unavailable.js'

/** The part of a context that knows the site's sources of users. */
export type PeopleContext = Pick<Context, 'postgres' | 'ldap' | 'clock' | 'settings'>

/**
 * Returns a user as the site's sources describe them; undefined when no source knows the name.
 *
 * @param options.fresh whether the directory is to be asked anew, as at every sign-in
 * @param options.rows what PostgreSQL has of the name, where it was read already
 * @throws DirectoryUnavailable when the directory alone could tell, and does not
 * @throws UnusableUser when the directory's entry must be corrected first
 */
export async function findPerson(
  { postgres, ldap, clock, settings }: PeopleContext,
  username: string,
  options: { readonly fresh?: boolean; readonly rows?: PersonRows | undefined } = {},
): Promise<Person | undefined> {
  const [{ own, assignedUid }, answer] = await Promise.all([
    options.rows ?? findPersonRows(postgres, username),
    ldap?.find(username, options),
  ])
  const person = mergeSources(username, own, answer, clock())
  if (person === 'unreadable') throw new UnusableUser(`The entry of ${username} in the directory is not usable`)
  if (person === 'undecided') throw new LdapUnavailable(`The directory does not say who ${username} is`)
  if (assignedUid === undefined) return person
  return withAssignedUid(username, person, assignedUid, ownGroupsOf(settings))
}

/**
 * Returns a user who signs in, from a fresh look at all sources.
 *
 * @throws DirectoryUnavailable when no source says which groups they are in: it may well be some, and they must not be told
 *   that it is none
 */
export async function findAtSignIn(context: Context, username: string): Promise<Person | undefined> {
  const person = await findPerson(context, username, { fresh: true })
  if (person?.groups || !context.ldap) return person
  throw new LdapUnavailable(`The directory does not say which groups ${username} is in`)
}

/**
 * Lists the users of all sources by user name, without disabled ones.
 *
 * @throws DirectoryUnavailable
 */
export async function listUsers(context: Context): Promise<Person[]> {
  const now = context.clock()
  const [known, uids, directory] = await Promise.all([
    listPeople(context.postgres),
    listAssignedUids(context.postgres),
    allOf(context),
  ])
  const ownGroups = ownGroupsOf(context.settings)
  const own = new Map<string, Person>(known.map(({ source: _, ...person }) => [person.username, person]))
  const names = [...new Set([...own.keys(), ...(directory?.people.keys() ?? [])])].sort()
  return names.flatMap((username) => {
    const said = directory?.people.get(username)
    const answer: LdapResult | undefined = directory && { is: 'said', at: now, ...(said && { person: said }) }
    const merged = mergeSources(username, own.get(username), answer, now)
    if (typeof merged !== 'object' || merged.disabled) return []
    return withAssignedUid(username, merged, uids.get(username), ownGroups) ?? []
  })
}

function ownGroupsOf(settings: Settings): OwnGroups {
  return { addUserGroup: settings.ldap?.addUserGroup ?? false, reserved: privilegedGroups(settings) }
}

/**
 * Every group of local accounts and of the directory, by name. Of two with one name the directory's counts.
 *
 * @throws DirectoryUnavailable
 */
export async function listGroups(context: Context): Promise<Group[]> {
  const [local, directory] = await Promise.all([listAllGroups(context.postgres.prisma), allOf(context)])
  const byName = new Map([...local, ...(directory?.groups ?? [])].map((group) => [group.name, group]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Throws without LDAP's answer: a list without the users that only LDAP has would be wrong. */
async function allOf({ ldap }: Context) {
  try {
    return await ldap?.all()
  } catch (error) {
    throw new LdapUnavailable('The directory does not list its people', { cause: error })
  }
}
