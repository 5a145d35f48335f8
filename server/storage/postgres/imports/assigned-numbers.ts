import type { AssignedNumber, KnownNumbers } from '../../../core/gafaelfawr/assigned-number.js'
import { personTopic } from '../../cache/topic.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import type { Postgres, Transaction } from '../client.js'

/** Lists the UIDs that were imported, by user name. */
export async function listAssignedUids({ prisma }: Postgres): Promise<ReadonlyMap<string, number>> {
  const rows = await prisma.assignedUid.findMany()
  return new Map(rows.map(({ username, uid }) => [username, uid]))
}

/** Finds what the tables have of the names and numbers of a batch: local accounts, users of providers, imported, groups. */
export async function findNumbers(
  db: Transaction,
  batch: readonly AssignedNumber[],
): Promise<Readonly<Record<AssignedNumber['kind'], KnownNumbers>>> {
  const users = batch.filter(({ kind }) => kind === 'user')
  const groups = batch.filter(({ kind }) => kind === 'group')
  const of = (which: readonly AssignedNumber[]) => ({
    names: { in: which.map(({ name }) => name) },
    ids: { in: which.map(({ id }) => id) },
  })
  const [user, group] = [of(users), of(groups)]
  const where = { OR: [{ username: user.names }, { uid: user.ids }] }
  const select = { username: true, uid: true } as const
  // Of one name the last counts: what was imported, also where a provider has named another UID since.
  const people = [
    ...(await db.person.findMany({ where, select })),
    ...(await db.account.findMany({ where, select })),
    ...(await db.assignedUid.findMany({ where, select })),
  ].flatMap(({ username, uid }) => (uid === null ? [] : [{ name: username, id: uid }]))
  const rows = await db.group.findMany({ where: { OR: [{ name: group.names }, { gid: group.ids }] } })
  return { user: numbers(people), group: numbers(rows.map(({ name, gid }) => ({ name, id: gid }))) }
}

function numbers(rows: readonly { readonly name: string; readonly id: number }[]): KnownNumbers {
  return {
    idOf: new Map(rows.map(({ name, id }) => [name, id])),
    nameOf: new Map(rows.map(({ name, id }) => [id, name])),
  }
}

/** Inserts numbers that are new here. */
export async function insertNumbers({ db, invalidate }: UnitOfWork, batch: readonly AssignedNumber[]): Promise<void> {
  const users = batch.filter(({ kind }) => kind === 'user')
  const groups = batch.filter(({ kind }) => kind === 'group')
  for (const { name } of users) invalidate(personTopic(name))
  await db.assignedUid.createMany({ data: users.map(({ name, id }) => ({ username: name, uid: id })) })
  await db.group.createMany({ data: groups.map(({ name, id }) => ({ name, gid: id })) })
}
