import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token/token.js'
import { fromDate, type Postgres, type Transaction, toDate } from './postgres/client.js'
import { deleteSuspensions } from './postgres/suspensions/suspensions.js'
import type { RedisClient } from './redis/client.js'
import { markEnded } from './redis/delegated-tokens.js'
import { endGrantOf } from './redis/openid/records.js'
import { unlistSession } from './redis/sessions.js'
import { deleteRedisToken } from './redis/tokens.js'
import type { UnitOfWork } from './unit-of-work.js'

/*
 * Redis may come back without its last writes: restarted without them, restored from an older copy, replaced by a replica
 * that was behind. So the revocation of a token in Redis is first recorded in PostgreSQL, until the token would have expired.
 */

/** The revocation of a token that lives in Redis. */
export interface Revocation {
  readonly key: TokenKey
  readonly username: string
  /** Whether it could be derived again, unless it is marked as ended. */
  readonly delegated: boolean
  readonly expires: EpochSeconds
}

const REVOCATIONS_PER_BATCH = 500

/** Records a revocation, in which a suspension of the token ends; false when it is recorded already. Of two at a time the second waits for the first. */
export async function recordRevocation(
  { db, invalidate }: UnitOfWork,
  { key, username, delegated, expires }: Revocation,
): Promise<boolean> {
  invalidate(key)
  await deleteSuspensions(db, [key])
  const data = [{ key, username, delegated, expires: toDate(expires) }]
  const { count } = await db.tokenRevocation.createMany({ data, skipDuplicates: true })
  return count > 0
}

/** Deletes a revoked token from Redis, and for a client's the grant that gave it. */
export async function applyRevocation(
  redis: RedisClient,
  { key, username, delegated, expires }: Revocation,
): Promise<void> {
  if (delegated) {
    await endGrantOf(redis, key)
    await markEnded(redis, key, expires)
  } else await unlistSession(redis, username, key)
  await deleteRedisToken(redis, key)
}

const FIND = {
  name: 'find-revocation',
  text: `SELECT key AS asked FROM token_revocation WHERE key = ANY($1::text[])
    UNION ALL SELECT key FROM token_suspension WHERE key = ANY($1::text[])`,
}

/** Returns whether any of these was revoked or is suspended. A prepared statement by hand, because checks wait for it. */
export async function anyRefused(postgres: Postgres, keys: readonly TokenKey[]): Promise<boolean> {
  const found = await Promise.all(keys.map((key) => postgres.find(FIND, key)))
  return found.some((rows) => rows.length > 0)
}

/** Returns those of these tokens of Redis that were revoked. */
export async function revokedAmong(db: Transaction, keys: readonly TokenKey[]): Promise<ReadonlySet<TokenKey>> {
  const rows = await db.tokenRevocation.findMany({ where: { key: { in: [...keys] } }, select: { key: true } })
  return new Set(rows.map(({ key }) => key as TokenKey))
}

/** Deletes from Redis every revoked token that has not expired. Returns their number. */
export async function applyRevocations({ pool }: Postgres, redis: RedisClient, now: EpochSeconds): Promise<number> {
  const text = `SELECT key, username, delegated, expires FROM token_revocation
    WHERE expires > $1 AND key > $2 ORDER BY key LIMIT ${REVOCATIONS_PER_BATCH}`
  for (let total = 0, after = ''; ; ) {
    const { rows } = await pool.query<Omit<Revocation, 'expires'> & { expires: Date }>(text, [toDate(now), after])
    await Promise.all(rows.map((row) => applyRevocation(redis, { ...row, expires: fromDate(row.expires) })))
    total += rows.length
    after = rows.at(-1)?.key ?? ''
    if (rows.length < REVOCATIONS_PER_BATCH) return total
  }
}

/** Deletes the revocations of tokens that would have expired by now. */
export async function pruneRevocations(db: Transaction, now: EpochSeconds): Promise<void> {
  await db.tokenRevocation.deleteMany({ where: { expires: { lte: toDate(now) } } })
}
