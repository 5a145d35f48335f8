import type { NameHolder, Subject } from '../../../core/people/identity.js'
import type { Transaction } from '../client.js'

/**
 * Locks a user name until the transaction ends, whether a user has it or not.
 *
 * Attack: two users sign in for the first time with one name at the same moment. The second waits, and finds it taken.
 */
export async function lockName(db: Transaction, username: string): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`user name ${username}`}, 0))`
}

/** Locks several user names as {@link lockName} does, in their order: two that lock the same names wait and do not deadlock. */
export async function lockNames(db: Transaction, usernames: readonly string[]): Promise<void> {
  await db.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended('user name ' || name, 0)) FROM unnest(${[...usernames]}::text[]) AS name`
}

/** Finds the owner of a user name. */
export async function findNameHolder(db: Transaction, username: string): Promise<NameHolder | undefined> {
  if ((await db.account.count({ where: { username } })) > 0) return { is: 'account' }
  const row = await db.person.findUnique({
    where: { username },
    select: { provider: true, issuer: true, subject: true },
  })
  if (!row) return undefined
  const identity = toSubject(row.issuer, row.subject)
  return { is: 'person', provider: row.provider, ...(identity && { identity }) }
}

export function toSubject(issuer: string | null, subject: string | null): Subject | undefined {
  return issuer === null || subject === null ? undefined : { issuer, subject }
}
