import { hash } from 'node:crypto'
import type { AuditEvent } from '../../../core/audit/event.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenKey } from '../../../core/token/token.js'
import { eventRow } from '../../audit/events.js'
import type { Postgres } from '../client.js'

/** The creation of a token whose key can be derived again, and its audit event. */
export interface Beginning {
  readonly change: TokenHistoryEntry
  readonly event: AuditEvent
}

/** How far the history of a token had come: begun by this statement, begun earlier, or ended. */
export type Begun = 'now' | 'before' | 'revoked'

/**
 * Returns the identifier of the audit event of such a creation. It is that of the token: of several processes that write it at
 * once, one alone does, and the others wait until that is committed.
 */
export function beginningId(token: TokenKey): string {
  return hash('sha256', `beginning of ${token}`, 'hex').slice(0, 32)
}

/*
 * One statement is one transaction: history and event are committed together or not at all. A history that was begun before, by a
 * process that stopped or whose answer was lost, is not begun again. One that ended is not gone on with, although Redis may have
 * lost the end: every other reason not to give out a token again belongs into `past`.
 *
 * In the order of the identifiers: two processes with the same tokens in another order would wait for each other.
 */
const BEGIN = {
  name: 'begin-histories',
  text: `WITH given AS MATERIALIZED (
  SELECT g.*, ARRAY(SELECT c.action FROM token_change c WHERE c.token = g.token AND c.action IN ('create', 'revoke')) AS past
  FROM json_to_recordset($1::json) AS g (
    event_id text, event_at timestamptz, event_action text, event text, token text, username text, type token_type, name text,
    parent text, scopes text[], service text, expires bigint, actor text, actor_token text, address inet, at bigint)
), told AS (
  INSERT INTO audit_event (event_id, at, action, event)
  SELECT event_id, event_at, event_action, event FROM given WHERE past = '{}' ORDER BY event_id
  ON CONFLICT (event_id) DO NOTHING RETURNING event_id
), made AS (
  INSERT INTO token_change
    (token, username, token_type, token_name, parent, scopes, service, expires, actor, actor_token, action, address, at)
  SELECT token, username, type, name, parent, scopes, service, to_timestamp(expires), actor, actor_token, 'create', address,
    to_timestamp(at)
  FROM given JOIN told USING (event_id)
)
SELECT g.token, CASE WHEN t.event_id IS NOT NULL THEN 'now' WHEN 'revoke' = ANY (g.past) THEN 'revoked' ELSE 'before' END AS is
FROM given g LEFT JOIN told t USING (event_id)`,
}

/** Begins the history of each token that has none, with its audit event, all in one statement. */
export async function beginHistories(
  postgres: Pick<Postgres, 'write'>,
  beginnings: readonly Beginning[],
): Promise<ReadonlyMap<string, Begun>> {
  const rows = await postgres.write<{ token: string; is: Begun }>(BEGIN, [JSON.stringify(beginnings.map(rowOf))])
  return new Map(rows.map(({ token, is }) => [token, is]))
}

function rowOf({ change, event }: Beginning) {
  const told = eventRow(event)
  return {
    event_id: told.id,
    event_at: told.at,
    event_action: told.action,
    event: told.event,
    token: change.token,
    username: change.username,
    type: change.tokenType,
    name: change.tokenName,
    parent: change.parent,
    scopes: change.scopes,
    service: change.service,
    expires: change.expires,
    actor: change.actor,
    actor_token: change.actorToken,
    address: change.address,
    at: change.at,
  }
}
