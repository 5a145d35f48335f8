import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { startRelay } from '../stores/relay.js'
import { emptyDatabase, freshRedis } from '../stores/stores.js'
import { encrypt, type GafaelfawrValue, sessionSecret } from './values.js'

/** The tables of Gafaelfawr's schema that say which tokens there are, and which came from which. */
const SCHEMA = `
  CREATE TYPE tokentype AS ENUM ('session', 'user', 'notebook', 'internal', 'service', 'oidc');
  CREATE TABLE token (
    token VARCHAR(64) COLLATE "C" PRIMARY KEY, username VARCHAR(64) NOT NULL, token_type tokentype NOT NULL,
    token_name VARCHAR(64), scopes VARCHAR(512) NOT NULL, service VARCHAR(64), created TIMESTAMP NOT NULL,
    last_used TIMESTAMP, expires TIMESTAMP, UNIQUE (username, token_name));
  CREATE TABLE subtoken (
    child VARCHAR(64) COLLATE "C" PRIMARY KEY REFERENCES token ON DELETE CASCADE,
    parent VARCHAR(64) COLLATE "C" REFERENCES token ON DELETE SET NULL);`

/** A token of Gafaelfawr's, in both of its stores. */
export interface StoredValue {
  readonly value: GafaelfawrValue
  readonly name?: string
  readonly parent?: GafaelfawrValue
}

/** The stores of a Gafaelfawr, reached through relays that a test may cut. */
export interface GafaelfawrStoresOfTest {
  /** For Postern's settings. */
  readonly settings: { readonly redisUrl: string; readonly databaseUrl: string; readonly sessionSecret: string }
  readonly redis: Redis
  readonly redisRelay: Awaited<ReturnType<typeof startRelay>>
  readonly databaseRelay: Awaited<ReturnType<typeof startRelay>>
  /** What clients have sent to Redis so far. */
  sent(): string
  put(...tokens: readonly StoredValue[]): Promise<void>
  /** Gafaelfawr's cookie, of the session that this value is. */
  cookie(value: GafaelfawrValue): string
  stop(): Promise<void>
}

export async function startGafaelfawrStores(): Promise<GafaelfawrStoresOfTest> {
  const secret = sessionSecret()
  const [redisUrl, databaseUrl] = [await freshRedis(), await emptyDatabase()]
  let sent = ''
  const redisRelay = await startRelay(redisUrl, { onSent: (chunk) => (sent += chunk.toString('latin1')) })
  const databaseRelay = await startRelay(databaseUrl)
  const redis = new Redis(redisUrl)
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  await database.query(SCHEMA)
  return {
    settings: { redisUrl: redisRelay.url, databaseUrl: databaseRelay.url, sessionSecret: secret },
    redis,
    redisRelay,
    databaseRelay,
    sent: () => sent,
    async put(...tokens) {
      const encrypted = encrypt(
        secret,
        tokens.map(({ value }) => JSON.stringify(value)),
      )
      for (const [index, { value, name, parent }] of tokens.entries()) {
        const { token, username, token_type, scopes, service, created, expires } = value
        const end = expires === null ? [] : (['EXAT', expires] as const)
        await redis.call('SET', `token:${token.key}`, encrypted[index] ?? '', ...end)
        await database.query(
          `INSERT INTO token (token, username, token_type, token_name, scopes, service, created, expires)
           VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7) AT TIME ZONE 'UTC', to_timestamp($8) AT TIME ZONE 'UTC')`,
          [token.key, username, token_type, name ?? null, scopes.join(','), service, created, expires],
        )
        if (parent)
          await database.query('INSERT INTO subtoken (child, parent) VALUES ($1, $2)', [token.key, parent.token.key])
      }
    },
    cookie(value) {
      const { key, secret: half } = value.token
      const state = { csrf: randomBytes(16).toString('base64url'), token: `gt-${key}.${half}` }
      // Python quotes a value with "=" in it.
      return `gafaelfawr="${encrypt(secret, [JSON.stringify(state)])[0]}"`
    },
    async stop() {
      redis.disconnect()
      await database.end()
      await Promise.all([redisRelay.stop(), databaseRelay.stop()])
    },
  }
}
