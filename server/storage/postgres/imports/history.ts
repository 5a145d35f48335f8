import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { Transaction } from '../client.js'

/** A change of the history of another site, with its number there. */
export interface ImportedChange {
  readonly id: string
  readonly change: TokenHistoryEntry
}

/** Returns the number of the last change that was imported, and keeps other imports waiting until the transaction ends. */
export async function lockProgress(db: Transaction, source: string): Promise<string> {
  await db.$executeRaw`INSERT INTO history_import (source, last_id) VALUES (${source}, 0) ON CONFLICT DO NOTHING`
  const [row] = await db.$queryRaw<{ last: string }[]>`
    SELECT last_id::text AS last FROM history_import WHERE source = ${source} FOR UPDATE`
  return row?.last ?? '0'
}

/** Returns the number of the last change that was imported. */
export async function historyProgress(db: Transaction, source: string): Promise<string> {
  const row = await db.historyImport.findUnique({ where: { source } })
  return String(row?.lastId ?? 0)
}

/**
 * Adds changes in their order, so that those of one second are listed in it, too. The creation of a token that was imported
 * before is there already.
 *
 * @param changes after that of {@link lockProgress}, oldest first
 * @returns how many were added
 */
export async function insertChanges(
  db: Transaction,
  source: string,
  changes: readonly ImportedChange[],
): Promise<number> {
  const last = changes.at(-1)
  if (!last) return 0
  const rows = changes.map(({ change }, place) => ({ ...change, place }))
  const added = await db.$executeRaw`
    INSERT INTO token_change (token, username, token_type, token_name, parent, scopes, service, expires, actor, action, old,
      address, at)
    SELECT token, username, "tokenType"::token_type, "tokenName", parent,
      ARRAY(SELECT jsonb_array_elements_text(scopes)), service, to_timestamp(expires), actor, action::change_action, old,
      address::inet, to_timestamp(at)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (place int, token text, username text, "tokenType" text,
      "tokenName" text, parent text, scopes jsonb, service text, expires float8, actor text, action text, old jsonb,
      address text, at float8)
    WHERE action <> 'create' OR NOT EXISTS (SELECT 1 FROM token_change c WHERE c.token = t.token AND c.action = 'create')
    ORDER BY place`
  await db.historyImport.update({ where: { source }, data: { lastId: BigInt(last.id) } })
  return added
}
