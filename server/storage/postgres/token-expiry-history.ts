import { actOfChange } from '../../core/audit/token-acts.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Actor } from '../../core/token/history.js'
import type { UnitOfWork } from '../unit-of-work.js'
import { toDate } from './client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './history/change-row.js'

/** A number that no other advisory lock has. */
const LOCK = 7_341_902_118

/*
 * Redis deletes expired tokens without a record, so the history has only their creation; or a later edit, of an imported one. A token did not expire if an
 * ancestor was revoked before. All that expired before the last recorded expiry have been examined already.
 */
const APPEND = `
WITH unended AS (
  SELECT c.* FROM token_change c
  WHERE c.action IN ('create', 'edit') AND c.token_type NOT IN ('user', 'service') AND c.expires <= $1
    AND c.expires >= coalesce(
      (SELECT e.expires FROM token_change e WHERE e.action = 'expire' AND e.token_type NOT IN ('user', 'service')
       AND e.expires IS NOT NULL ORDER BY e.expires DESC LIMIT 1), '-infinity')
    AND NOT EXISTS (SELECT 1 FROM token_change later WHERE later.token = c.token AND later.id > c.id)
    AND NOT EXISTS (
      WITH RECURSIVE above AS (
        SELECT c.parent AS token
        UNION SELECT a.parent FROM above JOIN token_change a ON a.token = above.token AND a.parent IS NOT NULL)
      SELECT 1 FROM above JOIN token_change r ON r.token = above.token AND r.action = 'revoke' AND r.at <= c.expires)
  ORDER BY c.expires, c.id LIMIT $2
)
INSERT INTO token_change (token, username, token_type, token_name, parent, scopes, service, expires, actor, action, at)
SELECT token, username, token_type, token_name, parent, scopes, service, expires, $3, 'expire', $1 FROM unended
RETURNING ${CHANGE_COLUMNS}`

/**
 * Records the expired tokens of Redis in the history, with their audit events, at most `limit`; returns their number. Skips if
 * another process holds the lock, or both would record the same expiry.
 */
export async function appendExpiries(
  { db, record }: Pick<UnitOfWork, 'db' | 'record'>,
  now: EpochSeconds,
  actor: Actor,
  limit: number,
): Promise<number> {
  // A statement of its own: the next one must see all that the last holder of the lock has written.
  const [lock] = await db.$queryRaw<{ free: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS free`
  if (!lock?.free) return 0
  const rows = await db.$queryRawUnsafe<ChangeRow[]>(APPEND, toDate(now), limit, actor.username)
  for (const row of rows) record(actOfChange(toChange(row), actor))
  return rows.length
}
