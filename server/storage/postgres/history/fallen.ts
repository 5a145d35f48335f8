import { actOfChange } from '../../../core/audit/token-acts.js'
import type { ReasonedActor, TokenHistoryEntry } from '../../../core/token/history.js'
import type { UnitOfWork } from '../../unit-of-work.js'
import { toDate } from '../client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './change-row.js'

/*
 * Found in the history, which is in this transaction, and not in Redis, which may have lost them. A token that has ended by
 * itself before is not ended again; one that expires now anyway is left to the sweep. By keys alone, or tokens that were
 * written several times would multiply with each other.
 */
const APPEND = `
WITH RECURSIVE below AS (
  SELECT c.token FROM token_change c WHERE c.parent = ANY($1) AND c.action = 'create'
  UNION
  SELECT c.token FROM below JOIN token_change c ON c.parent = below.token AND c.action = 'create'
), fallen AS (
  SELECT DISTINCT ON (c.token) c.* FROM below JOIN token_change c ON c.token = below.token
  WHERE c.action = 'create' AND c.expires > $6 AND c.token <> ALL($1)
    AND NOT EXISTS (SELECT 1 FROM token_change r WHERE r.token = c.token AND r.action IN ('revoke', 'expire'))
  ORDER BY c.token, c.id DESC
)
INSERT INTO token_change
  (token, username, token_type, token_name, parent, scopes, service, expires, action, actor, actor_token, address, act, reason, at)
SELECT token, username, token_type, token_name, parent, scopes, service, expires, $2::change_action, $3, $4, $5::inet,
  $7, $8, $6
FROM fallen
RETURNING ${CHANGE_COLUMNS}`

/**
 * Records in the history that tokens fell with the ones that they were delegated from, each with its audit event. As in
 * Gafaelfawr an auditor finds the end of each token under its own key, with the actor and the address of the act.
 *
 * @param changes of one act; those that end no token are ignored
 */
export async function appendFallen(
  { db, record }: Pick<UnitOfWork, 'db' | 'record'>,
  changes: readonly TokenHistoryEntry[],
  actor: ReasonedActor,
): Promise<void> {
  for (const action of ['revoke', 'expire'] as const) {
    const ended = changes.filter((change) => change.action === action)
    const [first] = ended
    if (!first) continue
    const rows = await db.$queryRawUnsafe<ChangeRow[]>(
      APPEND,
      ended.map(({ token }) => token),
      action,
      first.actor,
      first.actorToken ?? null,
      first.address ?? null,
      toDate(first.at),
      actor.act ?? null,
      actor.reason ?? null,
    )
    for (const row of rows) record(actOfChange(toChange(row), actor))
  }
}
