import type { IdentityChange } from '../../../core/people/identity-history.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'
import { toSubject } from './name-holder.js'

/** Adds an entry to the history of user names, in the transaction of the change itself. */
export async function appendIdentityChange(db: Transaction, change: IdentityChange): Promise<void> {
  await appendIdentityChanges(db, [change])
}

/** Adds entries by one statement. */
export async function appendIdentityChanges(db: Transaction, changes: readonly IdentityChange[]): Promise<void> {
  await db.identityChange.createMany({
    data: changes.map(({ username, action, provider, identity, old, actor, address, at }) => ({
      username,
      action,
      provider,
      issuer: identity?.issuer ?? null,
      subject: identity?.subject ?? null,
      oldIssuer: old?.issuer ?? null,
      oldSubject: old?.subject ?? null,
      actor,
      address: address ?? null,
      at: toDate(at),
    })),
  })
}

/** Lists the changes of one user name, or of all, newest first, at most `limit`. */
export async function listIdentityChanges(
  db: Transaction,
  limit: number,
  username?: string,
): Promise<readonly IdentityChange[]> {
  const rows = await db.identityChange.findMany({
    ...(username !== undefined && { where: { username } }),
    orderBy: { id: 'desc' },
    take: limit,
  })
  return rows.map((row) => {
    const identity = toSubject(row.issuer, row.subject)
    const old = toSubject(row.oldIssuer, row.oldSubject)
    return {
      username: row.username,
      action: row.action,
      provider: row.provider,
      actor: row.actor,
      at: fromDate(row.at),
      ...(identity && { identity }),
      ...(old && { old }),
      ...(row.address !== null && { address: row.address }),
    }
  })
}

/** Deletes the oldest changes from before an instant, at most `limit`; returns their number. Whose a name is, is elsewhere. */
export async function deleteOldIdentityChanges(
  { pool }: Postgres,
  before: EpochSeconds,
  limit: number,
): Promise<number> {
  const old = 'SELECT id FROM identity_change WHERE at < $1 ORDER BY id LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM identity_change WHERE id IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
