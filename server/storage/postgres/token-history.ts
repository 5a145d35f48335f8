import { actOfChange } from '../../core/audit/token-acts.js'
import { noticeOfChange } from '../../core/notices/notice.js'
import type { EpochSeconds } from '../../core/time.js'
import type { ReasonedActor, TokenHistoryEntry } from '../../core/token/history.js'
import type { TokenKey } from '../../core/token/token.js'
import { Prisma } from '../generated/client.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { type Postgres, type Transaction, toDate } from './client.js'
import { toChange } from './history/change-row.js'
import { appendFallen } from './history/fallen.js'
import { takeBelow } from './imports/below.js'
import { deleteSuspensions } from './suspensions/suspensions.js'

/**
 * Adds entries to the history, with their audit events and notices; in the transaction of the change itself, so that all are
 * committed or none is. An entry of a token that ends brings one for each token that was delegated from it; the
 * imported ones among them end with it. A suspension of the token ends with it.
 */
export async function appendHistory(
  work: UnitOfWork,
  changes: readonly TokenHistoryEntry[],
  actor: ReasonedActor,
): Promise<void> {
  const { db, record, notify } = work
  const all = [...changes, ...(await takeBelow(work, changes))]
  for (const change of all) record(actOfChange(change, actor))
  for (const change of changes) {
    const notice = noticeOfChange(change, actor)
    if (notice) notify(notice)
  }
  await db.tokenChange.createMany({
    data: all.map((change) => ({
      token: change.token,
      username: change.username,
      tokenType: change.tokenType,
      tokenName: change.tokenName ?? null,
      parent: change.parent ?? null,
      scopes: [...change.scopes],
      service: change.service ?? null,
      expires: change.expires === undefined ? null : toDate(change.expires),
      actor: change.actor,
      actorToken: change.actorToken ?? null,
      action: change.action,
      old: change.old ? (change.old as Prisma.InputJsonObject) : Prisma.DbNull,
      address: change.address ?? null,
      act: actor.act ?? null,
      reason: actor.reason ?? null,
      at: toDate(change.at),
    })),
  })
  await appendFallen(work, all, actor)
  const ended = all.filter(({ action }) => action === 'revoke' || action === 'expire')
  await deleteSuspensions(
    db,
    ended.map(({ token }) => token),
  )
}

/** Returns whether a token was revoked. */
export async function wasRevoked(db: Transaction, token: TokenKey): Promise<boolean> {
  return (await db.tokenChange.count({ where: { token, action: 'revoke' } })) > 0
}

/** Returns whether a user ever had a token. */
export async function isInHistory(db: Transaction, username: string): Promise<boolean> {
  return (await db.tokenChange.findFirst({ where: { username }, select: { id: true } })) !== null
}

/** As many as a page of one token shows. */
const MAX_ENTRIES = 1000

/** Lists the latest changes of one token of a user, newest first. */
export async function listTokenHistory(
  db: Transaction,
  username: string,
  token: TokenKey,
): Promise<TokenHistoryEntry[]> {
  const rows = await db.tokenChange.findMany({
    where: { username, token },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: MAX_ENTRIES,
  })
  return rows.map(toChange)
}

/** Deletes the oldest changes from before an instant, at most `limit`; returns their number. */
export async function deleteOldHistory({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT id FROM token_change WHERE at < $1 ORDER BY at, id LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM token_change WHERE id IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
