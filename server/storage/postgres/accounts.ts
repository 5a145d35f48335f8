import type { EpochSeconds } from '../../core/time.js'
import type { Group } from '../../core/token/record.js'
import { personTopic } from '../cache/topic.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { fromDate, type Transaction, toDate } from './client.js'

/** A local account: a user who signs in with a password. */
export interface Account {
  readonly username: string
  readonly passwordHash: string
  readonly name?: string
  readonly email?: string
  readonly uid: number
  readonly gid: number
  readonly groups: readonly Group[]
  readonly created: EpochSeconds
  readonly disabled?: EpochSeconds
  /** Signs in also during a lockdown; each of its sign-ins raises an alarm. */
  readonly emergency?: true
  /** The password was generated and printed: a sign-in with it asks for another first. */
  readonly mustChangePassword?: true
}

/** First UID and GID to assign: above those of the system and of ordinary local users. */
export const FIRST_ID = 10_000

const WITH_GROUPS = { groups: { include: { of: true }, orderBy: { group: 'asc' } } } as const

export async function findAccount(db: Transaction, username: string): Promise<Account | undefined> {
  const row = await db.account.findUnique({ where: { username }, include: WITH_GROUPS })
  return row ? toAccount(row) : undefined
}

export async function listAccounts(db: Transaction): Promise<Account[]> {
  const rows = await db.account.findMany({ include: WITH_GROUPS, orderBy: { username: 'asc' } })
  return rows.map(toAccount)
}

/** Lists the user names of the emergency accounts that are not disabled. */
export async function emergencyAccounts(db: Transaction): Promise<string[]> {
  const where = { emergency: true, disabled: null }
  const rows = await db.account.findMany({ where, select: { username: true }, orderBy: { username: 'asc' } })
  return rows.map(({ username }) => username)
}

export async function insertAccount({ db, invalidate }: UnitOfWork, account: Account): Promise<void> {
  invalidate(personTopic(account.username))
  await db.account.create({
    data: {
      username: account.username,
      passwordHash: account.passwordHash,
      name: account.name ?? null,
      email: account.email ?? null,
      uid: account.uid,
      gid: account.gid,
      created: toDate(account.created),
      emergency: account.emergency ?? false,
      mustChangePassword: account.mustChangePassword ?? false,
      groups: { create: account.groups.map(({ name }) => ({ of: { connect: { name } } })) },
    },
  })
}

/** Updates an account; false when there is none of that name. */
export async function updateAccount(
  { db, invalidate }: UnitOfWork,
  username: string,
  change: { passwordHash: string; mustChangePassword: boolean } | { disabled: EpochSeconds | null },
): Promise<boolean> {
  invalidate(personTopic(username))
  const data = 'disabled' in change ? { disabled: change.disabled === null ? null : toDate(change.disabled) } : change
  const { count } = await db.account.updateMany({ where: { username }, data })
  return count > 0
}

/** Returns the lowest UID from `first` up that is above all in use. */
export async function nextUid(db: Transaction, first: number): Promise<number> {
  const { _max } = await db.account.aggregate({ _max: { uid: true } })
  const { _max: assigned } = await db.assignedUid.aggregate({ _max: { uid: true } })
  return Math.max(first, (_max.uid ?? 0) + 1, (assigned.uid ?? 0) + 1)
}

export async function findGroup(db: Transaction, name: string): Promise<Group | undefined> {
  const row = await db.group.findUnique({ where: { name } })
  return row ? { name: row.name, id: row.gid } : undefined
}

export async function findGroups(db: Transaction, names: readonly string[]): Promise<Group[]> {
  const rows = await db.group.findMany({ where: { name: { in: [...names] } } })
  return rows.map(({ name, gid }) => ({ name, id: gid }))
}

export async function listAllGroups(db: Transaction): Promise<Group[]> {
  const rows = await db.group.findMany({ orderBy: { name: 'asc' } })
  return rows.map(({ name, gid }) => ({ name, id: gid }))
}

export async function findGroupByGid(db: Transaction, gid: number): Promise<Group | undefined> {
  const row = await db.group.findUnique({ where: { gid } })
  return row ? { name: row.name, id: row.gid } : undefined
}

/** Creates a group. Without a GID it gets the lowest from `first` up that is above all in use. */
export async function insertGroup(
  db: Transaction,
  name: string,
  gid: number | undefined,
  first: number,
): Promise<Group> {
  const { _max } = await db.group.aggregate({ _max: { gid: true } })
  const id = gid ?? Math.max(first, (_max.gid ?? 0) + 1)
  await db.group.create({ data: { name, gid: id } })
  return { name, id }
}

interface AccountRow {
  readonly username: string
  readonly passwordHash: string
  readonly name: string | null
  readonly email: string | null
  readonly uid: number
  readonly gid: number
  readonly created: Date
  readonly disabled: Date | null
  readonly emergency: boolean
  readonly mustChangePassword: boolean
  readonly groups: { readonly of: { readonly name: string; readonly gid: number } }[]
}

function toAccount(row: AccountRow): Account {
  return {
    username: row.username,
    passwordHash: row.passwordHash,
    uid: row.uid,
    gid: row.gid,
    groups: row.groups.map(({ of }) => ({ name: of.name, id: of.gid })),
    created: fromDate(row.created),
    ...(row.name !== null && { name: row.name }),
    ...(row.email !== null && { email: row.email }),
    ...(row.disabled && { disabled: fromDate(row.disabled) }),
    ...(row.emergency && { emergency: true }),
    ...(row.mustChangePassword && { mustChangePassword: true }),
  }
}
