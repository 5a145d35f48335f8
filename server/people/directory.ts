import type { Group } from '../core/token-record.js'
import { type Account, findAccount, listAccounts, listAllGroups } from '../stores/accounts.js'
import type { Context } from '../stores/context.js'

/** What the site knows of a person, from whatever source it has. */
export interface Person {
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly uid?: number
  readonly gid?: number
  readonly groups: readonly Group[]
}

/** A person by user name; of somebody whom no source knows, just that. */
export async function findPerson({ postgres }: Context, username: string): Promise<Person> {
  const account = await findAccount(postgres.prisma, username)
  return account ? toPerson(account) : { username, groups: [] }
}

export async function listUsers({ postgres }: Context): Promise<Person[]> {
  return (await listAccounts(postgres.prisma)).filter(({ disabled }) => disabled === undefined).map(toPerson)
}

export function listGroups({ postgres }: Context): Promise<Group[]> {
  return listAllGroups(postgres.prisma)
}

function toPerson({ username, name, email, uid, gid, groups }: Account): Person {
  return { username, ...(name && { name }), ...(email && { email }), uid, gid, groups }
}
