import type { Suspension, SuspensionChange } from '../../../core/incident/suspension.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { ActId } from '../../../core/token/act.js'
import type { ReasonedActor } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'

/** Adds changes to the history of suspensions, with their audit events. */
export async function appendSuspensionChanges(
  { db, record }: UnitOfWork,
  suspensions: readonly Suspension[],
  {
    action,
    actor,
    at,
  }: { readonly action: 'suspend' | 'lift'; readonly actor: ReasonedActor; readonly at: EpochSeconds },
): Promise<void> {
  const { reason, ...who } = actor
  for (const { key, username, tokenType, tokenName, expires, until } of suspensions) {
    const facts = {
      type: tokenType,
      until,
      ...(tokenName !== undefined && { name: tokenName }),
      ...(expires !== undefined && { expires }),
    }
    record({
      action: `token.${action}`,
      actor: who,
      object: { type: 'token', id: key, owner: username },
      ...(action === 'suspend' ? { after: facts } : { before: facts }),
      ...(reason !== undefined && { reason }),
    })
  }
  await db.suspensionChange.createMany({
    data: suspensions.map(({ key, username, until }) => ({
      ...{ token: key, username, action, until: toDate(until), at: toDate(at), actor: actor.username },
      reason: reason ?? null,
      address: actor.address ?? null,
      act: actor.act ?? null,
    })),
  })
}

/** As many as a page of one token shows. */
const MAX_ENTRIES = 1000

/** Lists the changes of suspensions of a user's token, newest first. */
export async function listSuspensionChanges(
  db: Transaction,
  username: string,
  token: TokenKey,
): Promise<SuspensionChange[]> {
  const rows = await db.suspensionChange.findMany({
    where: { username, token },
    orderBy: { id: 'desc' },
    take: MAX_ENTRIES,
  })
  return rows.map(({ action, until, reason, actor, address, act, at }) => ({
    token,
    username,
    action: action === 'lift' ? 'lift' : 'suspend',
    until: fromDate(until),
    actor,
    at: fromDate(at),
    ...(reason !== null && { reason }),
    ...(address !== null && { address }),
    ...(act !== null && { act: act as ActId }),
  }))
}

/** Deletes the oldest changes from before an instant, at most `limit`; returns their number. */
export async function deleteOldSuspensionChanges(
  { pool }: Postgres,
  before: EpochSeconds,
  limit: number,
): Promise<number> {
  const old = 'SELECT id FROM suspension_change WHERE at < $1 ORDER BY at, id LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM suspension_change WHERE id IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}
