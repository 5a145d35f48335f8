import { MAXIMUM_NAME_LENGTH } from '../../../core/people/identifiers.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Transaction } from '../client.js'
import type { ImportedToken } from './imported-token.js'

/** Inserts imported tokens. One whose name its owner has already gets the next number that is free. */
export async function insertNamed(db: Transaction, tokens: readonly ImportedToken[], now: EpochSeconds): Promise<void> {
  for (let rest = tokens, number = 1; rest.length > 0; number++) {
    const named = number === 1 ? rest : rest.map((token) => numbered(token, number))
    const inserted = await insertRows(db, named, now)
    rest = rest.filter(({ record }) => !inserted.has(record.key))
  }
}

function numbered({ record, secretHash }: ImportedToken, number: number): ImportedToken {
  const suffix = ` (${number})`
  const name = `${record.name?.slice(0, MAXIMUM_NAME_LENGTH - suffix.length)}${suffix}`
  return { record: { ...record, name }, secretHash }
}

/**
 * Inserts the rows of those whose name is free, and returns their keys. The idle timeout begins with the import: no use at
 * the source is known.
 */
async function insertRows(
  db: Transaction,
  tokens: readonly ImportedToken[],
  now: EpochSeconds,
): Promise<ReadonlySet<TokenKey>> {
  const rows = tokens.map(({ record, secretHash }) => ({
    ...record,
    secretHash: Buffer.from(secretHash).toString('base64'),
    granted: record.granted ?? false,
  }))
  const inserted = await db.$queryRaw<{ key: TokenKey }[]>`
    INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires, pinned, granted, used_below,
      parent, service)
    SELECT key, decode("secretHash", 'base64'), type::token_type, username, name,
      ARRAY(SELECT jsonb_array_elements_text(scopes)), to_timestamp(created), to_timestamp(expires), pinned, granted,
      to_timestamp(${now}), parent, service
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS t (key text, "secretHash" text, type text, username text,
      name text, scopes jsonb, created float8, expires float8, pinned jsonb, granted boolean, parent text, service text)
    ORDER BY key ON CONFLICT (username, name) DO NOTHING RETURNING key`
  return new Set(inserted.map(({ key }) => key))
}
