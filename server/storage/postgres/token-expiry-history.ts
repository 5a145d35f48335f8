import type { EpochSeconds } from '../../core/time.js'
import { type Transaction, toDate } from './client.js'

/** Any number that nobody else takes an advisory lock for. */
const LOCK = 7_341_902_118

/*
 * Tokens that live in Redis go by themselves when they run out, and leave no word of it. Of such a token the history has
 * its creation and nothing after; and it did not run out if something that it came from was revoked before.
 * Everything that ended before the last end that is written down has been looked at already.
 */
const APPEND = `
WITH unended AS (
  SELECT c.* FROM token_change c
  WHERE c.action = 'create' AND c.token_type NOT IN ('user', 'service') AND c.expires <= $1
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
SELECT token, username, token_type, token_name, parent, scopes, service, expires, $3, 'expire', $1 FROM unended`

/**
 * Writes into the history which of the tokens that live in Redis have run out, at most `limit` of them; answers how many.
 * One process at a time, or two would write the same end: whoever finds another at it leaves it to that one.
 */
export async function appendExpiries(
  db: Transaction,
  now: EpochSeconds,
  actor: string,
  limit: number,
): Promise<number> {
  // A statement of its own: the next one must see all that whoever held the lock before has written.
  const [lock] = await db.$queryRaw<{ free: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS free`
  return lock?.free ? db.$executeRawUnsafe(APPEND, toDate(now), limit, actor) : 0
}
