import type { ProvidedIdentity } from '../../../core/people/identity.js'
import type { EpochSeconds } from '../../../core/time.js'
import { fromDate, type Postgres, type Transaction, toDate } from '../client.js'

/** An identity that came with a user name of another user. */
export interface RefusedIdentity extends ProvidedIdentity {
  readonly username: string
  /** Where it came from, the last time. */
  readonly address?: string
  readonly first: EpochSeconds
  readonly last: EpochSeconds
  readonly count: number
}

/** More identities than can be one user's; the oldest go. Attack: a table that a stranger fills. */
const MAX_FOR_NAME = 20

/** Records that an identity was refused a user name. */
export async function recordRefusedIdentity(
  db: Transaction,
  { username, provider, issuer, subject, address, last }: Omit<RefusedIdentity, 'first' | 'count'>,
): Promise<void> {
  const at = toDate(last)
  await db.$executeRaw`
    INSERT INTO identity_refusal (username, provider, issuer, subject, address, first, last, count)
    VALUES (${username}, ${provider}, ${issuer}, ${subject}, ${address ?? null}::inet, ${at}, ${at}, 1)
    ON CONFLICT (username, provider, issuer, subject)
    DO UPDATE SET address = EXCLUDED.address, last = EXCLUDED.last, count = identity_refusal.count + 1`
  await db.$executeRaw`
    DELETE FROM identity_refusal WHERE username = ${username} AND (provider, issuer, subject) NOT IN (
      SELECT provider, issuer, subject FROM identity_refusal WHERE username = ${username}
      ORDER BY last DESC, first DESC LIMIT ${MAX_FOR_NAME})`
}

/** Lists refused identities of one user name, or of all, newest first, at most `limit`. */
export async function listRefusedIdentities(
  db: Transaction,
  limit: number,
  username?: string,
): Promise<readonly RefusedIdentity[]> {
  const rows = await db.identityRefusal.findMany({
    ...(username !== undefined && { where: { username } }),
    orderBy: [{ last: 'desc' }, { username: 'asc' }],
    take: limit,
  })
  return rows.map(({ first, last, address, ...row }) => ({
    ...row,
    first: fromDate(first),
    last: fromDate(last),
    ...(address !== null && { address }),
  }))
}

/** Deletes the refusals of a user name, of one identity or of all. */
export async function deleteRefusedIdentities(
  db: Transaction,
  username: string,
  only?: ProvidedIdentity,
): Promise<void> {
  const identity = only && { provider: only.provider, issuer: only.issuer, subject: only.subject }
  await db.identityRefusal.deleteMany({ where: { username, ...identity } })
}

/** Deletes the refusals last seen before an instant, at most `limit`; returns their number. */
export async function deleteOldRefusedIdentities(
  { pool }: Postgres,
  before: EpochSeconds,
  limit: number,
): Promise<number> {
  const old = 'SELECT ctid FROM identity_refusal WHERE last < $1 ORDER BY last LIMIT $2'
  const { rowCount } = await pool.query(`DELETE FROM identity_refusal WHERE ctid = ANY(ARRAY(${old}))`, [
    toDate(before),
    limit,
  ])
  return rowCount ?? 0
}
