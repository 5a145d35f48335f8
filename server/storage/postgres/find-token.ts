import { digestOfBytes, type TokenKey } from '../../core/token/token.js'
import type { StoredToken } from '../cache/cached-token.js'
import type { Postgres } from './client.js'
import type { Found } from './connection/look-ups.js'
import { OWNER_COLUMNS, OWNER_OF, type OwnerRow, ownerIn, type PersonRows } from './people.js'
import { TOKEN_COLUMNS, type TokenRow, toRecord } from './token-row.js'

type FoundRow = TokenRow & { readonly secretHash: Buffer }

/** A token, and what PostgreSQL has of its owner. */
export interface OwnedToken extends StoredToken {
  readonly owner: PersonRows
}

const COLUMNS = `${TOKEN_COLUMNS}, t.secret_hash AS "secretHash"`

/** A prepared statement by hand, because checks wait for it. One answer has the owner, too, so that they do not wait twice. */
const FIND = {
  name: 'find-user-token',
  text: `SELECT t.key AS asked, ${COLUMNS}, ${OWNER_COLUMNS} FROM token t ${OWNER_OF('t.username')}
    WHERE t.key = ANY($1::text[]) AND NOT EXISTS (SELECT 1 FROM token_suspension s WHERE s.key = t.key)`,
}

/** Finds a token for a check: undefined also for a suspended one. */
export async function findPostgresToken(postgres: Postgres, key: TokenKey): Promise<OwnedToken | undefined> {
  const [row] = await postgres.find<FoundRow & OwnerRow & Found>(FIND, key)
  return row && { ...toStored(row), owner: ownerIn(row) }
}

/** Finds a token, also a suspended one, for its revocation. */
export async function findEvenSuspended({ pool }: Postgres, key: TokenKey): Promise<StoredToken | undefined> {
  const { rows } = await pool.query<FoundRow>(`SELECT ${COLUMNS} FROM token t WHERE t.key = $1`, [key])
  return rows[0] && toStored(rows[0])
}

function toStored(row: FoundRow): StoredToken {
  return { digest: digestOfBytes(row.secretHash), record: toRecord(row) }
}
