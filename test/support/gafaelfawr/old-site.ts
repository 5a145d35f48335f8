import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { emptyFolder } from '../../operate/cli/executable.js'
import { emptyDatabase, freshRedis } from '../stores/stores.js'
import { encrypt, type GafaelfawrValue, sessionSecret } from './values.js'

/** A token as both stores of Gafaelfawr have it. */
export interface OldToken {
  readonly value: GafaelfawrValue
  readonly name?: string
  readonly parent?: GafaelfawrValue
}

/** An entry of its history; without an instant it is of now. */
export interface OldChange {
  readonly value: GafaelfawrValue
  readonly action: 'create' | 'revoke' | 'expire' | 'edit'
  readonly at: number
  readonly name?: string
  readonly actor?: string
  readonly address?: string
  readonly old?: { readonly name?: string; readonly scopes?: readonly string[]; readonly expires?: number }
}

/** The stores of a Gafaelfawr: its Redis, its database, and the file of its session secret. */
export class OldSite {
  readonly redis: Redis
  readonly database: pg.Client
  readonly secret = sessionSecret()
  readonly secretFile: string

  private constructor(
    readonly redisUrl: string,
    readonly databaseUrl: string,
  ) {
    this.redis = new Redis(redisUrl)
    this.database = new pg.Client({ connectionString: databaseUrl })
    this.secretFile = path.join(path.dirname(emptyFolder()), 'session-secret')
    writeFileSync(this.secretFile, `${this.secret}\n`)
  }

  static async start(): Promise<OldSite> {
    const site = new OldSite(await freshRedis(), await emptyDatabase())
    await site.database.connect()
    await site.database.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'))
    return site
  }

  /** The options of the command that name these stores. */
  get options(): string[] {
    return ['--redis', this.redisUrl, '--database', this.databaseUrl, '--session-secret-file', this.secretFile]
  }

  /** Stores tokens, parents first, in both stores and with their creation in the history. */
  async add(tokens: readonly OldToken[]): Promise<void> {
    const values = encrypt(
      this.secret,
      tokens.map(({ value }) => JSON.stringify(value)),
    )
    const pipeline = this.redis.pipeline()
    tokens.forEach(({ value: { token, expires } }, place) => {
      const end = expires === null ? [] : ['EXAT', expires]
      pipeline.call('SET', `token:${token.key}`, values[place] ?? '', ...end)
    })
    await pipeline.exec()
    const rows = tokens.map(({ value, name, parent }) => rowOf(value, name, parent))
    await this.database.query(
      `INSERT INTO token (token, username, token_type, token_name, scopes, service, created, expires)
       SELECT token, username, type::tokentype, name, scopes, service, to_timestamp(created) AT TIME ZONE 'UTC',
         to_timestamp(expires) AT TIME ZONE 'UTC'
       FROM jsonb_to_recordset($1::jsonb) AS t (token text, username text, type text, name text, scopes text, service text,
         created float8, expires float8)`,
      [JSON.stringify(rows)],
    )
    await this.database.query(
      `INSERT INTO subtoken (child, parent) SELECT token, parent
       FROM jsonb_to_recordset($1::jsonb) AS t (token text, parent text) WHERE parent IS NOT NULL`,
      [JSON.stringify(rows)],
    )
  }

  /** Stores a value as it is, without a row in the database. */
  async put(key: string, value: string): Promise<void> {
    await this.redis.set(`token:${key}`, value)
  }

  /** Replaces the value of a token, as an edit at Gafaelfawr does. */
  async edit(value: GafaelfawrValue): Promise<void> {
    const [text = ''] = encrypt(this.secret, [JSON.stringify(value)])
    await this.put(value.token.key, text)
  }

  /** Revokes a token as Gafaelfawr does: the value, the row, and an entry of the history. */
  async revoke(value: GafaelfawrValue, at: number): Promise<void> {
    await this.redis.del(`token:${value.token.key}`)
    await this.database.query('DELETE FROM token WHERE token = $1', [value.token.key])
    await this.tell([{ value, action: 'revoke', at }])
  }

  async tell(changes: readonly OldChange[]): Promise<void> {
    for (const { value, action, at, name, actor, address, old } of changes) {
      const { token, username, token_type, scopes, service, expires } = value
      await this.database.query(
        `INSERT INTO token_change_history (token, username, token_type, token_name, scopes, service, expires, actor, action,
           old_token_name, old_scopes, old_expires, ip_address, event_time)
         VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7) AT TIME ZONE 'UTC', $8, $9, $10, $11,
           to_timestamp($12) AT TIME ZONE 'UTC', $13, to_timestamp($14) AT TIME ZONE 'UTC')`,
        [
          ...[
            token.key,
            username,
            token_type,
            name ?? null,
            scopes.join(','),
            service,
            expires,
            actor ?? username,
            action,
          ],
          ...[old?.name ?? null, old?.scopes?.join(',') ?? null, old?.expires ?? null, address ?? null, at],
        ],
      )
    }
  }

  async stop(): Promise<void> {
    this.redis.disconnect()
    await this.database.end()
  }
}

function rowOf(value: GafaelfawrValue, name: string | undefined, parent: GafaelfawrValue | undefined) {
  const { token, username, token_type: type, scopes, service, created, expires } = value
  const text = scopes.join(',')
  return { token: token.key, username, type, name, scopes: text, service, created, expires, parent: parent?.token.key }
}
