import type { Suspension } from '../core/incident/suspension.js'
import type { EpochSeconds } from '../core/time.js'
import { homeOf, type TokenKey } from '../core/token/token.js'
import { fromDate, type Postgres, toDate } from './postgres/client.js'
import type { RedisClient } from './redis/client.js'
import { markSuspended, unmarkSuspended } from './redis/suspension-marks.js'
import { applyRevocations } from './revocations.js'

const SUSPENSIONS_PER_BATCH = 500

/** Marks the suspended tokens of Redis there. */
export async function markAll(redis: RedisClient, suspensions: readonly Suspension[]): Promise<void> {
  await Promise.all(suspensions.map(({ key, expires }) => expires !== undefined && mark(redis, key, expires)))
}

async function mark(redis: RedisClient, key: TokenKey, expires: EpochSeconds): Promise<void> {
  if (homeOf(key) === 'redis') await markSuspended(redis, key, expires)
}

/** Takes the marks of tokens in Redis away. */
export async function unmarkAll(redis: RedisClient, suspensions: readonly Suspension[]): Promise<void> {
  const keys = suspensions.map(({ key }) => key).filter((key) => homeOf(key) === 'redis')
  await Promise.all(keys.map((key) => unmarkSuspended(redis, key)))
}

/** Writes to Redis, after it may have lost its last writes, what was revoked and what is suspended. */
export async function restoreRefusals(postgres: Postgres, redis: RedisClient, now: EpochSeconds): Promise<void> {
  await applyRevocations(postgres, redis, now)
  await applySuspensions(postgres, redis, now)
}

async function applySuspensions({ pool }: Postgres, redis: RedisClient, now: EpochSeconds): Promise<void> {
  const text = `SELECT key, expires FROM token_suspension
    WHERE expires > $1 AND key > $2 ORDER BY key LIMIT ${SUSPENSIONS_PER_BATCH}`
  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ key: TokenKey; expires: Date }>(text, [toDate(now), after])
    await Promise.all(rows.map(({ key, expires }) => mark(redis, key, fromDate(expires))))
    after = rows.at(-1)?.key ?? ''
    if (rows.length < SUSPENSIONS_PER_BATCH) return
  }
}
