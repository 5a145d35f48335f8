import type { EpochSeconds } from '../../../core/time.js'
import { type Postgres, type Transaction, toDate } from '../client.js'

/** A client that is to be told when a session ends. */
export interface ClientSession {
  readonly session: string
  readonly clientId: string
  readonly username: string
}

export async function noteClientSession(
  db: Transaction,
  { expires, ...noted }: ClientSession & { readonly expires: EpochSeconds },
): Promise<void> {
  await db.oidcSession.createMany({ data: [{ ...noted, expires: toDate(expires) }], skipDuplicates: true })
}

const ENDED = `
  SELECT session, client_id AS "clientId", username FROM oidc_session s
  WHERE expires <= $1 OR EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = s.session)
  ORDER BY tries, session LIMIT $2`

/** Lists clients that are to be told now, those that were told in vain last. Each revocation is in the database. */
export async function endedClientSessions(
  { pool }: Pick<Postgres, 'pool'>,
  now: EpochSeconds,
  limit: number,
): Promise<ClientSession[]> {
  const { rows } = await pool.query<ClientSession>(ENDED, [toDate(now), limit])
  return rows
}

/** Forgets a client that was told, or that was told in vain often enough. */
export async function closeClientSession(
  db: Transaction,
  { session, clientId }: ClientSession,
  { isTold, maxTries }: { readonly isTold: boolean; readonly maxTries: number },
): Promise<void> {
  const where = { session, clientId }
  if (!isTold) await db.oidcSession.updateMany({ where, data: { tries: { increment: 1 } } })
  await db.oidcSession.deleteMany({ where: isTold ? where : { ...where, tries: { gte: maxTries } } })
}
