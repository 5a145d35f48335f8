import type { CheckName, Finding } from '../../core/stores-audit/checks.js'
import { HISTORY_KEPT } from '../../core/stores-audit/history.js'
import { type DeviceRow, isReadableDevice } from '../../core/stores-audit/site.js'
import { DAY } from '../../core/time.js'
import { homeOf, isTokenKey } from '../../core/token/token.js'
import type { Context } from '../context.js'
import { toDate } from '../postgres/client.js'
import { tokenAt } from '../redis/tokens.js'

type Stores = Pick<Context, 'postgres' | 'redis' | 'clock'>

const ROWS_PER_STEP = 1_000

/** That no token of this key is in PostgreSQL or in the history. Whether Redis has one, Redis must say. */
const UNKNOWN = (key: string) => `
  NOT EXISTS (SELECT 1 FROM token t WHERE t.key = ${key})
  AND NOT EXISTS (SELECT 1 FROM token_change c WHERE c.token = ${key})`

interface LooseRows {
  readonly check: CheckName
  /** Finds the next subjects after $1, at most $2, from after $3 where the table is as old as the history. */
  readonly find: string
  /** Finds the rows of the subjects $1. `token` is what Redis may have. */
  readonly look: string
  /** Deletes the rows of the subjects $1. */
  readonly mend: string
}

/** Rows that belong to a token or a user, without one. */
export const LOOSE_ROWS: readonly LooseRows[] = [
  {
    check: 'use-row',
    find: `SELECT DISTINCT token AS subject FROM token_use WHERE token > $1 AND day > $3 ORDER BY 1 LIMIT $2`,
    look: `SELECT DISTINCT u.token AS subject, u.username AS owner, u.token FROM token_use u
      WHERE u.token = ANY($1) AND ${UNKNOWN('u.token')}`,
    mend: 'DELETE FROM token_use WHERE token = ANY($1)',
  },
  {
    check: 'notice-row',
    find: `SELECT DISTINCT token AS subject FROM notice WHERE token > $1 AND at > $3 ORDER BY 1 LIMIT $2`,
    look: `SELECT DISTINCT n.token AS subject, n.username AS owner, n.token FROM notice n
      WHERE n.token = ANY($1) AND ${UNKNOWN('n.token')}`,
    mend: 'DELETE FROM notice WHERE token = ANY($1)',
  },
  {
    check: 'client-session',
    find: `SELECT DISTINCT session AS subject FROM oidc_session WHERE session > $1 AND expires > $3 ORDER BY 1 LIMIT $2`,
    look: `SELECT DISTINCT s.session AS subject, s.username AS owner, s.session AS token FROM oidc_session s
      WHERE s.session = ANY($1) AND ${UNKNOWN('s.session')}
        AND NOT EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = s.session) AND s.expires > now()`,
    // The job tells the client then. The column has whole seconds, and would round a second that has half passed up.
    mend: `UPDATE oidc_session SET expires = date_trunc('second', now()) WHERE session = ANY($1)`,
  },
  {
    check: 'consent-orphan',
    find: `SELECT DISTINCT username AS subject FROM oidc_consent WHERE username > $1 AND granted > $3 ORDER BY 1 LIMIT $2`,
    look: `SELECT DISTINCT o.username AS subject, o.username AS owner, NULL AS token FROM oidc_consent o
      WHERE o.username = ANY($1) AND NOT EXISTS (SELECT 1 FROM account a WHERE a.username = o.username)
        AND NOT EXISTS (SELECT 1 FROM person p WHERE p.username = o.username)`,
    mend: 'DELETE FROM oidc_consent WHERE username = ANY($1)',
  },
]

/** Names the subjects of rows, in parts. */
export async function* subjectsOfRows(stores: Stores, { find }: LooseRows): AsyncGenerator<readonly string[]> {
  const since = toDate(stores.clock() - HISTORY_KEPT)
  for (let after = ''; ; ) {
    const { rows } = await stores.postgres.pool.query<{ subject: string }>(find, [after, ROWS_PER_STEP, since])
    if (rows.length > 0) yield rows.map(({ subject }) => subject)
    if (rows.length < ROWS_PER_STEP) return
    after = rows.at(-1)?.subject ?? ''
  }
}

/** Finds those of the subjects whose rows belong to nothing. */
export async function lookAtRows(
  { postgres, redis }: Stores,
  { look, check }: LooseRows,
  subjects: readonly string[],
): Promise<Finding[]> {
  const { rows } = await postgres.pool.query<{ subject: string; owner: string; token: string | null }>(look, [subjects])
  const found = await Promise.all(
    rows.map(async ({ subject, owner, token }): Promise<Finding[]> => {
      const isInRedis = token !== null && isTokenKey(token) && homeOf(token) === 'redis'
      const isThere = isInRedis && (await redis.exists(tokenAt(token))) > 0
      return isThere ? [] : [{ check, subject, owner }]
    }),
  )
  return found.flat()
}

/** Tables whose rows a job deletes soon after their end. */
const ENDING = ['token', 'token_revocation', 'device_login', 'oidc_session'] as const

/** Counts the rows that no job has deleted for a day. */
export async function rowsPastEnd({ postgres, clock }: Stores): Promise<Finding[]> {
  const limit = toDate(clock() - DAY)
  const found = await Promise.all(
    ENDING.map(async (table): Promise<Finding[]> => {
      const text = `SELECT count(*)::int AS rows FROM ${table} WHERE expires < $1`
      const { rows } = await postgres.pool.query<{ rows: number }>(text, [limit])
      const count = rows[0]?.rows ?? 0
      return count > 0 ? [{ check: 'past-end', subject: table, detail: `${count} rows` }] : []
    }),
  )
  return found.flat()
}

/** Finds requests of devices that cannot be answered. They are few: each ends within minutes. */
export async function unreadableDevices({ postgres }: Stores): Promise<Finding[]> {
  const { rows } = await postgres.pool.query<DeviceRow & { id: string }>(
    'SELECT id, status, username, session, approval FROM device_login ORDER BY id LIMIT 100000',
  )
  return rows
    .filter((row) => !isReadableDevice(row))
    .map(({ id, username }) => ({ check: 'device-login', subject: id, ...(username !== null && { owner: username }) }))
}
