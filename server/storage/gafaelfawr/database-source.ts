import pg from 'pg'
import type { StoredChange } from '../../core/gafaelfawr/change.js'
import { OperatorError } from '../../core/operator-error.js'
import type { EpochSeconds } from '../../core/time.js'
import type { Secret } from '../../core/token/secret.js'
import { connectionString } from '../postgres/connection/connection-string.js'

/** The versions of Gafaelfawr's schema that have what is read here; the last three are of 2026, after 15.4.1. */
const KNOWN_SCHEMAS = ['5c28ed7092c2', '2feb306dd1ee', '20ccaa8eedfd', '5a54e4db3cf4', '613640641b2f']
const TIMEOUT_MS = 60_000

/** A change of a token, with its number. */
export interface NumberedChange extends StoredChange {
  readonly id: string
}

/** A client of Gafaelfawr's OpenID Connect server. */
export interface GafaelfawrClient {
  readonly id: string
  /** Of bcrypt, as text. */
  readonly secretHash: string
  readonly returnUri: string
  readonly description: string | null
  readonly notes: string | null
  readonly created: EpochSeconds
}

/** Its times have no zone and are UTC, which is how `extract` takes them. */
const seconds = (column: string) => `extract(epoch FROM ${column})::float8`

const HISTORY = `
  SELECT id::text, token, username, token_type::text AS "tokenType", token_name AS "tokenName", parent,
    coalesce(scopes, '') AS scopes, service, ${seconds('expires')} AS expires, actor, action::text AS action,
    old_token_name AS "oldTokenName", old_scopes AS "oldScopes", ${seconds('old_expires')} AS "oldExpires",
    host(ip_address) AS address, ${seconds('event_time')} AS at
  FROM token_change_history WHERE id > $1::bigint AND event_time >= to_timestamp($2) AT TIME ZONE 'UTC'
  ORDER BY id LIMIT $3`

const CLIENTS = `
  SELECT client_id AS id, convert_from(client_secret_hash, 'UTF8') AS "secretHash", return_uri AS "returnUri",
    description, notes, ${seconds('created')} AS created
  FROM oidc_client ORDER BY created, client_id`

/** Gafaelfawr's database, for a migration. It is only read, in snapshots. */
export class DatabaseSource {
  readonly #url: Secret
  #client: pg.Client | undefined

  constructor(url: Secret) {
    this.#url = url
  }

  /**
   * Reads in one snapshot, taken now: what is written meanwhile is not seen.
   *
   * @throws {OperatorError} also for a schema that is not known
   */
  async snapshot<T>(read: (snapshot: DatabaseSnapshot) => Promise<T>): Promise<T> {
    const client = await this.#connected()
    await answered(client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY'))
    try {
      await checkSchema(client)
      return await read(new DatabaseSnapshot(client))
    } finally {
      // A connection that is lost has no transaction left.
      await client.query('ROLLBACK').catch(() => this.close())
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client) return this.#client
    const client = new pg.Client({
      connectionString: connectionString(this.#url.reveal()),
      connectionTimeoutMillis: 10_000,
      query_timeout: TIMEOUT_MS,
      application_name: 'postern-migrate',
    })
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined
    })
    await answered(client.connect())
    this.#client = client
    return client
  }
}

async function checkSchema(client: pg.Client): Promise<void> {
  const { rows } = await answered(
    client.query<{ version: string }>('SELECT version_num AS version FROM alembic_version'),
  )
  const version = rows[0]?.version ?? 'none'
  if (rows.length === 1 && KNOWN_SCHEMAS.includes(version)) return
  throw new OperatorError(
    `Gafaelfawr's database has the schema ${version}, which this version does not know.`,
    `Known are ${KNOWN_SCHEMAS.join(', ')}: bring the database to one of them with "gafaelfawr update-schema".`,
  )
}

/** The tables at one instant. */
export class DatabaseSnapshot {
  readonly #client: pg.Client

  constructor(client: pg.Client) {
    this.#client = client
  }

  /** Returns the parent of each token that has one. */
  async parents(): Promise<ReadonlyMap<string, string>> {
    const text = 'SELECT child, parent FROM subtoken WHERE parent IS NOT NULL'
    const rows = await this.#query<{ child: string; parent: string }>(text)
    return new Map(rows.map(({ child, parent }) => [child, parent]))
  }

  async names(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const text = 'SELECT token, token_name AS name FROM token WHERE token = ANY($1) AND token_name IS NOT NULL'
    const rows = await this.#query<{ token: string; name: string }>(text, keys)
    return new Map(rows.map(({ token, name }) => [token, name]))
  }

  /** Returns those of these tokens that were revoked. */
  async revoked(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const text = "SELECT DISTINCT token FROM token_change_history WHERE token = ANY($1) AND action::text = 'revoke'"
    const rows = await this.#query<{ token: string }>(text, keys)
    return new Set(rows.map(({ token }) => token))
  }

  /** Returns the tokens that were created or edited after a change, and the last change; no tokens where there was none before. */
  async changedSince(after: string | undefined): Promise<{ readonly keys: readonly string[]; readonly last: string }> {
    const [newest] = await this.#query<{ last: string }>(
      'SELECT coalesce(max(id), 0)::text AS last FROM token_change_history',
    )
    const last = newest?.last ?? '0'
    if (after === undefined || after === last) return { keys: [], last }
    const text = `SELECT DISTINCT token FROM token_change_history
      WHERE id > $1::bigint AND action::text IN ('create', 'edit')`
    return { keys: (await this.#query<{ token: string }>(text, after)).map(({ token }) => token), last }
  }

  /** Lists changes after one, oldest first, that are not older than an instant. */
  history(after: string, since: EpochSeconds, limit: number): Promise<readonly NumberedChange[]> {
    return this.#query<NumberedChange>(HISTORY, after, since, limit)
  }

  /** Lists the clients of the OpenID Connect server; none where this version had them in a secret. */
  async clients(): Promise<readonly GafaelfawrClient[]> {
    const [table] = await this.#query<{ exists: boolean }>(`SELECT to_regclass('oidc_client') IS NOT NULL AS exists`)
    return table?.exists ? this.#query<GafaelfawrClient>(CLIENTS) : []
  }

  async #query<Row extends object>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await answered(this.#client.query<Row>(text, [...values]))
    return rows
  }
}

async function answered<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (error) {
    const message = `Gafaelfawr's database does not answer as it should (${(error as Error).message}).`
    const remedy = 'Check --database. Each token is here as a whole or not at all: run the same command again.'
    throw new OperatorError(message, remedy, { cause: error })
  }
}
