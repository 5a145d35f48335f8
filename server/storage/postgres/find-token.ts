import { digestOfBytes, type TokenKey } from '../../core/token/token.js'
import type { KnownVersion, StoredToken } from '../cache/cached-token.js'
import type { Postgres } from './client.js'
import type { Found } from './connection/look-ups.js'
import { OWNER_COLUMNS, OWNER_OF, type OwnerRow, ownerIn, type PersonRows } from './people.js'
import { TOKEN_COLUMNS, type TokenRow, toRecord } from './token-row.js'

type FoundRow = TokenRow & { readonly secretHash: Buffer }
type FoundWithOwner = FoundRow & OwnerRow & Found & { readonly version: number }

/** A token, and what PostgreSQL has of its owner. */
export interface OwnedToken extends StoredToken {
  readonly owner: PersonRows
  /** Tells these rows from any others; see {@link findChanged}. */
  readonly version: number
}

const COLUMNS = `${TOKEN_COLUMNS}, t.secret_hash AS "secretHash"`

/**
 * A whole number made of everything that a check goes by: all of the token but its uses, which change all the time, and its owner.
 * Of its 64 bits JavaScript's numbers take 52.
 */
const VERSION = `(hashtextextended(ROW(
    t.type, t.username, t.name, t.secret_hash, t.scopes, t.created, t.expires, t.pinned, t.restriction, t.granted, t.makers, t.parent,
    t.service, known.*, assigned.uid)::text, 0) & ((1::bigint << 52) - 1))::float8`

const NOT_SUSPENDED = 'NOT EXISTS (SELECT 1 FROM token_suspension s WHERE s.key = t.key)'

/** A prepared statement by hand, because checks wait for it. One answer has the owner, too, so that they do not wait twice. */
const FIND = {
  name: 'find-user-token',
  text: `SELECT t.key AS asked, ${COLUMNS}, ${OWNER_COLUMNS}, ${VERSION} AS version FROM token t ${OWNER_OF('t.username')}
    WHERE t.key = ANY($1::text[]) AND ${NOT_SUSPENDED}`,
}

const FIND_CHANGED = {
  name: 'find-changed-tokens',
  text: `SELECT known_as.key FROM unnest($1::text[], $2::float8[]) AS known_as(key, version)
    LEFT JOIN LATERAL (SELECT ${VERSION} AS version FROM token t ${OWNER_OF('t.username')}
      WHERE t.key = known_as.key AND ${NOT_SUSPENDED}) is_now ON true
    WHERE is_now.version IS DISTINCT FROM known_as.version`,
}

/** Finds a token for a check: undefined also for a suspended one. */
export async function findPostgresToken(postgres: Postgres, key: TokenKey): Promise<OwnedToken | undefined> {
  const [row] = await postgres.find<FoundWithOwner>(FIND, key)
  return row && { ...toStored(row), owner: ownerIn(row), version: row.version }
}

/**
 * Finds which of these tokens are no longer as they were read: changed, ended, suspended, or with another owner than then. To
 * find that of a token takes a tenth of reading it again.
 */
export async function findChanged(
  { pool, prepared }: Pick<Postgres, 'pool' | 'prepared'>,
  known: readonly KnownVersion[],
): Promise<ReadonlySet<TokenKey>> {
  const values = [known.map(({ key }) => key), known.map(({ version }) => version)]
  const { rows } = await pool.query<{ key: TokenKey }>({ ...prepared(FIND_CHANGED), values })
  return new Set(rows.map(({ key }) => key))
}

/** Finds a token, also a suspended one, for its revocation. */
export async function findEvenSuspended({ pool }: Postgres, key: TokenKey): Promise<StoredToken | undefined> {
  const { rows } = await pool.query<FoundRow>(`SELECT ${COLUMNS} FROM token t WHERE t.key = $1`, [key])
  return rows[0] && toStored(rows[0])
}

function toStored(row: FoundRow): StoredToken {
  return { digest: digestOfBytes(row.secretHash), record: toRecord(row) }
}
