import type { Transaction } from '../client.js'

/** The issuer of an identity provider, under its old and its new URL. */
export interface MovedIssuer {
  readonly old: string
  readonly new: string
}

/** A user name that was bound to the new issuer. Its subject is as before. */
export interface ReboundUser {
  readonly username: string
  readonly provider: string
  readonly subject: string
}

/** Lists the user names that are bound to an issuer, in their order, at most `limit`. */
export async function listUsersOfIssuer(db: Transaction, issuer: string, limit: number): Promise<readonly string[]> {
  const where = { issuer, subject: { not: null } }
  const rows = await db.person.findMany({
    where,
    select: { username: true },
    orderBy: { username: 'asc' },
    take: limit,
  })
  return rows.map(({ username }) => username)
}

export function countUsersOfIssuer(db: Transaction, issuer: string): Promise<number> {
  return db.person.count({ where: { issuer, subject: { not: null } } })
}

/** Deletes the refusals of identities that were bound to their names since. */
export async function deleteReboundRefusals(db: Transaction, usernames: readonly string[]): Promise<void> {
  await db.$executeRaw`
    DELETE FROM identity_refusal r USING person p
    WHERE p.username = ANY(${[...usernames]}) AND r.username = p.username
      AND (r.provider, r.issuer, r.subject) = (p.provider, p.issuer, p.subject)`
}

/** Binds those of the users that are still at the old issuer to the new one. Their names are locked. */
export function rebindUsersOfIssuer(
  db: Transaction,
  usernames: readonly string[],
  issuer: MovedIssuer,
): Promise<ReboundUser[]> {
  return db.$queryRaw`
    UPDATE person SET issuer = ${issuer.new}
    WHERE username = ANY(${[...usernames]}) AND issuer = ${issuer.old} AND subject IS NOT NULL
    RETURNING username, provider, subject`
}
