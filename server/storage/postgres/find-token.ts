import { digestOfBytes, type TokenKey } from '../../core/token/token.js'
import type { StoredToken } from '../cache/cached-token.js'
import type { Postgres } from './client.js'
import { TOKEN_COLUMNS, type TokenRow, toRecord } from './token-row.js'

type FoundRow = TokenRow & { readonly secretHash: Buffer }

const FIND_ANY = `SELECT ${TOKEN_COLUMNS}, t.secret_hash AS "secretHash" FROM token t WHERE t.key = $1`

/** A prepared statement by hand, because checks wait for it: through Prisma it takes three times as long. */
const FIND = {
  name: 'find-user-token',
  text: `${FIND_ANY} AND NOT EXISTS (SELECT 1 FROM token_suspension s WHERE s.key = t.key)`,
}

/** Finds a token for a check: undefined also for a suspended one. */
export async function findPostgresToken({ pool, prepared }: Postgres, key: TokenKey): Promise<StoredToken | undefined> {
  const { rows } = await pool.query<FoundRow>({ ...prepared(FIND), values: [key] })
  return rows[0] && toStored(rows[0])
}

/** Finds a token, also a suspended one, for its revocation. */
export async function findEvenSuspended({ pool }: Postgres, key: TokenKey): Promise<StoredToken | undefined> {
  const { rows } = await pool.query<FoundRow>(FIND_ANY, [key])
  return rows[0] && toStored(rows[0])
}

function toStored(row: FoundRow): StoredToken {
  return { digest: digestOfBytes(row.secretHash), record: toRecord(row) }
}
