import type { Planned } from '../../../core/incident/steps.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { ActId } from '../../../core/token/act.js'
import type { Actor } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Prisma } from '../../generated/client.js'
import type { IncidentModel } from '../../generated/models.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'

/** How the tokens end: for good, or so that it can be undone. */
export type IncidentKind = 'revoke' | 'suspend'

/** An act on the tokens of an incident, and how far it is. */
export interface IncidentAct extends Planned {
  readonly id: ActId
  readonly kind: IncidentKind
  readonly at: EpochSeconds
  readonly actor: Actor
  readonly reason: string
  /** The query string of the page that selected the tokens. */
  readonly filter: string
  /** The administrator's own session, which no step ends. */
  readonly spared?: TokenKey
  /** How many people the tokens belong to. */
  readonly people: number
  /** How many steps are done. */
  readonly done: number
  readonly finished?: EpochSeconds
}

export async function insertIncident(db: Transaction, act: Omit<IncidentAct, 'done' | 'finished'>): Promise<void> {
  const { at, actor, disabled, signedOut, tokens, ...rest } = act
  await db.incident.create({
    data: {
      ...rest,
      at: toDate(at),
      actor: { ...actor } as Prisma.InputJsonObject,
      disabled: [...disabled],
      signedOut: [...signedOut],
      tokens: [...tokens],
    },
  })
}

export async function findIncident(db: Transaction, id: ActId): Promise<IncidentAct | undefined> {
  const row = await db.incident.findUnique({ where: { id } })
  return row ? toAct(row) : undefined
}

/** As {@link findIncident}, and locks it until the transaction ends: of two processes one takes the next steps. */
export async function lockIncident(db: Transaction, id: ActId): Promise<IncidentAct | undefined> {
  await db.$queryRaw`SELECT 1 FROM incident WHERE id = ${id} FOR UPDATE`
  return findIncident(db, id)
}

/** Notes steps as done, unless another process has noted them. */
export async function noteProgress(
  db: Transaction,
  { id, done }: Pick<IncidentAct, 'id' | 'done'>,
  steps: number,
): Promise<void> {
  await db.incident.updateMany({ where: { id, done }, data: { done: done + steps } })
}

export async function finishIncident(db: Transaction, id: ActId, at: EpochSeconds): Promise<void> {
  await db.incident.updateMany({ where: { id, finished: null }, data: { finished: toDate(at) } })
}

/** Lists the acts that are not finished, the oldest first. */
export async function unfinishedIncidents(db: Transaction, limit: number): Promise<readonly ActId[]> {
  const rows = await db.incident.findMany({
    where: { finished: null },
    orderBy: { at: 'asc' },
    take: limit,
    select: { id: true },
  })
  return rows.map(({ id }) => id as ActId)
}

/** Deletes the oldest acts from before an instant, at most `limit`; returns their number. */
export async function deleteOldIncidents({ pool }: Postgres, before: EpochSeconds, limit: number): Promise<number> {
  const old = 'SELECT id FROM incident WHERE at < $1 AND finished IS NOT NULL ORDER BY at LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM incident WHERE id IN (${old})`, [toDate(before), limit])
  return rowCount ?? 0
}

/** Locks the tokens of these keys that exist, in one order, until the transaction ends. */
export async function lockTokensByKey(
  db: Transaction,
  keys: readonly TokenKey[],
): Promise<readonly { readonly key: TokenKey; readonly username: string }[]> {
  return db.$queryRaw<{ key: TokenKey; username: string }[]>`
    SELECT key, username FROM token WHERE key = ANY(${[...keys]}) ORDER BY key FOR UPDATE`
}

/** Finds the owners of the tokens of these keys that exist. */
export async function ownersOf(
  { pool }: Postgres,
  keys: readonly TokenKey[],
): Promise<readonly { readonly key: TokenKey; readonly username: string }[]> {
  const text = 'SELECT key, username FROM token WHERE key = ANY($1::text[])'
  return (await pool.query<{ key: TokenKey; username: string }>(text, [keys])).rows
}

function toAct({ at, actor, finished, spared, tokens, ...row }: IncidentModel): IncidentAct {
  return {
    ...row,
    id: row.id as ActId,
    kind: row.kind === 'suspend' ? 'suspend' : 'revoke',
    at: fromDate(at),
    actor: actor as unknown as Actor,
    tokens: tokens as TokenKey[],
    ...(spared !== null && { spared: spared as TokenKey }),
    ...(finished && { finished: fromDate(finished) }),
  }
}
