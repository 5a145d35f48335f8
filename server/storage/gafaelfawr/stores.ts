import type { EpochSeconds } from '../../core/time.js'
import { isTokenKey, type TokenKey } from '../../core/token/token.js'
import type { GafaelfawrSettings } from '../../settings/moving/gafaelfawr.js'
import { connectionString } from '../postgres/connection/connection-string.js'
import { type ConnectionPool, openPool } from '../postgres/connection/pool.js'
import { openRedis, type RedisClient } from '../redis/client.js'
import { listTokens, tokenAt } from './token-keys.js'

/** What Gafaelfawr's database says of a token besides its value in Redis. */
export interface TokenFacts {
  /** The name of a user token. */
  readonly name?: string
  /** The token that it was made from. */
  readonly parent?: TokenKey
}

/** The tokens and their ancestors. Of a recursive query both parts have the same collation, and Gafaelfawr's columns have C. */
const FACTS = `
  WITH RECURSIVE chain AS (
    SELECT unnest($1::text[]) COLLATE "C" AS key
    UNION SELECT s.parent::text COLLATE "C" FROM chain c JOIN subtoken s ON s.child = c.key WHERE s.parent IS NOT NULL)
  SELECT t.token AS key, t.token_name AS name, s.parent
  FROM token t LEFT JOIN subtoken s ON s.child = t.token WHERE t.token IN (SELECT key FROM chain)`

/** Its times have no zone and are UTC. */
const LIVING = `
  SELECT token AS key FROM token
  WHERE token = ANY($1) AND (expires IS NULL OR expires > to_timestamp($2) AT TIME ZONE 'UTC')`

/** The stores of the Gafaelfawr that this site had before. They are only read. */
export class GafaelfawrStores {
  readonly #redis: RedisClient
  readonly #database: ConnectionPool
  #listed: ReadonlySet<TokenKey> = new Set()

  private constructor(redis: RedisClient, database: ConnectionPool) {
    this.#redis = redis
    this.#database = database
  }

  /** Opens the connections. A store that does not answer is tried again until {@link close}. */
  static async open(
    { redisUrl, databaseUrl }: GafaelfawrSettings,
    onError: (error: Error) => void,
  ): Promise<GafaelfawrStores> {
    const redis = openRedis(redisUrl, onError)
    const pool = { max: 2, connectionTimeoutMillis: 3_000, query_timeout: 5_000, application_name: 'postern' }
    const database = openPool({ ...pool, connectionString: connectionString(databaseUrl.reveal()) }, onError)
    // The listener has its reason.
    await redis.connect().catch(() => undefined)
    return new GafaelfawrStores(redis, database)
  }

  /** Returns whether Redis had the token at the last {@link list}. */
  isListed(key: TokenKey): boolean {
    return this.#listed.has(key)
  }

  /** Returns the keys of the last {@link list}. */
  get listed(): ReadonlySet<TokenKey> {
    return this.#listed
  }

  /** Reads the keys of all tokens, in parts. */
  async list(): Promise<void> {
    const keys = await listTokens(this.#redis)
    this.#listed = new Set([...keys].filter(isTokenKey))
  }

  /** Returns the encrypted values of those of the tokens that are valid. */
  async values(keys: readonly TokenKey[]): Promise<ReadonlyMap<TokenKey, string>> {
    if (keys.length === 0) return new Map()
    const values = await this.#redis.mget(keys.map(tokenAt))
    const found = new Map<TokenKey, string>()
    keys.forEach((key, index) => {
      const value = values[index]
      if (typeof value === 'string') found.set(key, value)
    })
    return found
  }

  /** Returns what the database has of these tokens and of those that they came from. */
  async facts(keys: readonly TokenKey[]): Promise<ReadonlyMap<TokenKey, TokenFacts>> {
    const { rows } = await this.#database.pool.query<{ key: TokenKey; name: string | null; parent: TokenKey | null }>(
      FACTS,
      [keys],
    )
    return new Map(
      rows.map(({ key, name, parent }) => [
        key,
        { ...(name !== null && { name }), ...(parent !== null && { parent }) },
      ]),
    )
  }

  /** Returns those that the database has as unexpired: what may be valid, while Redis does not answer. */
  async unexpired(keys: readonly TokenKey[], now: EpochSeconds): Promise<ReadonlySet<TokenKey>> {
    const { rows } = await this.#database.pool.query<{ key: TokenKey }>(LIVING, [keys, now])
    return new Set(rows.map(({ key }) => key))
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#database.pool.end()
  }
}
