import type { Described, PostgresTokenFacts } from '../../core/stores-audit/postgres-token.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Postgres } from '../postgres/client.js'

const seconds = (column: string) => `extract(epoch FROM ${column})::float8`

/** A token with its history, in one statement: both are written in one transaction, and read as of one moment. */
const FACTS = `
SELECT t.key, t.username, t.type::text, t.name, t.scopes, ${seconds('t.created')} AS created, ${seconds('t.expires')} AS expires,
  EXISTS (SELECT 1 FROM token_import i WHERE i.key = t.key) AS "isImported",
  t.parent IS NULL OR EXISTS (SELECT 1 FROM token p WHERE p.key = t.parent) AS "hasParent",
  coalesce(h.begun, false) AS begun, coalesce(h.ended, false) AS ended, l.last
FROM token t
LEFT JOIN LATERAL (
  SELECT bool_or(action = 'create') AS begun, bool_or(action IN ('revoke', 'expire')) AS ended
  FROM token_change c WHERE c.token = t.key) h ON true
LEFT JOIN LATERAL (
  SELECT jsonb_build_object('username', username, 'type', token_type, 'name', token_name, 'scopes', scopes,
    'expires', ${seconds('expires')}) AS last
  FROM token_change c WHERE c.token = t.key AND c.action IN ('create', 'edit') ORDER BY c.id DESC LIMIT 1) l ON true
WHERE t.key = ANY($1)`

interface Row extends Described {
  readonly key: string
  readonly created: EpochSeconds
  readonly isImported: boolean
  readonly hasParent: boolean
  readonly begun: boolean
  readonly ended: boolean
  readonly last: Described | null
}

/** Finds what PostgreSQL says of these tokens; nothing of those that are gone. */
export async function postgresTokenFacts(
  { pool }: Pick<Postgres, 'pool'>,
  keys: readonly string[],
): Promise<Omit<PostgresTokenFacts, 'isIssuedHere'>[]> {
  const { rows } = await pool.query<Row>(FACTS, [keys])
  return rows.map(({ begun, ended, last, ...token }) => ({
    ...token,
    history: { isBegun: begun, isEnded: ended },
    ...(last && { last }),
  }))
}
