import type { Person } from '../core/standing.js'
import type { Group } from '../core/token-record.js'
import { type Account, listAccounts, listAllGroups } from '../stores/accounts.js'
import type { Context } from '../stores/context.js'
import { findKnownPerson } from '../stores/known-people.js'

/** Somebody as the site's sources describe them; nothing when none of them knows the name. */
export function findPerson({ postgres }: Context, username: string): Promise<Person | undefined> {
  return findKnownPerson(postgres, username)
}

export async function listUsers({ postgres }: Context): Promise<Person[]> {
  return (await listAccounts(postgres.prisma)).filter(({ disabled }) => disabled === undefined).map(toPerson)
}

export function listGroups({ postgres }: Context): Promise<Group[]> {
  return listAllGroups(postgres.prisma)
}

function toPerson({ username, name, email, uid, gid, groups }: Account): Person {
  return { username, ...(name && { name }), ...(email && { email, emailVerified: true }), uid, gid, groups }
}
