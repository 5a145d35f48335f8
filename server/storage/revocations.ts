import type { EpochSeconds } from '../core/time.js'
import type { TokenKey } from '../core/token/token.js'
import { fromDate, type Postgres, type Transaction, toDate } from './postgres/client.js'
import type { RedisClient } from './redis/client.js'
import { markEnded } from './redis/delegated-tokens.js'
import { unlistSession } from './redis/sessions.js'
import { deleteRedisToken, type RedisToken } from './redis/tokens.js'
import type { UnitOfWork } from './unit-of-work.js'

/*
 * Redis may come back without its last writes: restarted without them, restored from an older copy, replaced by a replica
 * that was behind. So the end of a token that lives there is first written in PostgreSQL, and stays there for as long as
 * the token would have lived.
 */

/** The end of a token that lives in Redis. */
interface Revocation {
  readonly key: TokenKey
  readonly username: string
  /** It could be worked out again, unless it is marked as ended. */
  readonly delegated: boolean
  readonly expires: EpochSeconds
}

/** How many are read and applied at a time. */
const REVOCATIONS_PER_BATCH = 500

/** Writes down the end of a token; false when it is written already. Of two at a time the second waits for the first. */
export async function recordRevocation({ db, invalidate: touch }: UnitOfWork, token: RedisToken): Promise<boolean> {
  touch(token.key)
  const { key, username, parent, expires } = token
  const data = [{ key, username, delegated: parent !== undefined, expires: toDate(expires) }]
  const { count } = await db.tokenRevocation.createMany({ data, skipDuplicates: true })
  return count > 0
}

/** Takes an ended token out of Redis. */
export async function applyRevocation(
  redis: RedisClient,
  { key, username, delegated, expires }: Revocation,
): Promise<void> {
  if (delegated) await markEnded(redis, key, expires)
  else await unlistSession(redis, username, key)
  await deleteRedisToken(redis, key)
}

const FIND = {
  name: 'find-revocation',
  text: 'SELECT 1 FROM token_revocation WHERE key = ANY($1) LIMIT 1',
}

/** Whether any of these was ended. By hand and prepared, because checks wait for it. */
export async function anyRevoked({ pool }: Postgres, keys: readonly TokenKey[]): Promise<boolean> {
  const { rowCount } = await pool.query({ ...FIND, values: [keys] })
  return rowCount !== 0
}

/** Takes everything out of Redis that was ended and would still live. Answers how many there were. */
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

/** Tokens that would have run out by now need no end any more. */
export async function pruneRevocations(db: Transaction, now: EpochSeconds): Promise<void> {
  await db.tokenRevocation.deleteMany({ where: { expires: { lte: toDate(now) } } })
}
