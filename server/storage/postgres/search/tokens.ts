import { readAddress } from '../../../core/access/ip-address.js'
import { writeNetwork } from '../../../core/access/ip-network.js'
import { DAY, type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenRecord, TokenType } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Postgres, Transaction } from '../client.js'
import { toChange } from '../history/change-row.js'
import { TOKEN_COLUMNS, type TokenRow, toRecord } from '../token-row.js'

/** Lists tokens by a part of their name; those of that very name come first, then the newest. */
export async function searchTokens({ pool }: Postgres, text: string, limit: number): Promise<TokenRecord[]> {
  const { rows } = await pool.query<TokenRow>(
    `SELECT ${TOKEN_COLUMNS} FROM token t WHERE strpos(lower(t.name), lower($1)) > 0
     ORDER BY lower(t.name) = lower($1) DESC, t.created DESC, t.key LIMIT $2`,
    [text, limit],
  )
  return rows.map(toRecord)
}

/** Finds the latest change of a token of any user, also of one that has ended. */
export async function findLastChange(db: Transaction, token: TokenKey): Promise<TokenHistoryEntry | undefined> {
  const row = await db.tokenChange.findFirst({ where: { token }, orderBy: [{ at: 'desc' }, { id: 'desc' }] })
  return row ? toChange(row) : undefined
}

/** The uses of a token from an address or a network. */
export interface TokenUsedFrom {
  readonly key: TokenKey
  readonly username: string
  /** These are of its last change; absent when its history was pruned. */
  readonly type?: TokenType
  readonly name?: string
  readonly service?: string
  readonly count: number
  readonly last: EpochSeconds
}

interface UsedFromRow {
  readonly key: TokenKey
  readonly username: string
  readonly type: TokenType | null
  readonly name: string | null
  readonly service: string | null
  readonly count: number
  readonly last: EpochSeconds
}

/** So far back the log of uses is searched. */
export const SEARCHED_DAYS = 90

/**
 * Each address is judged once: the list of them is materialized, or PostgreSQL would judge the one of every row. Other texts
 * than addresses would fail the query.
 */
const IN_NETWORK = `
  WITH known AS MATERIALIZED (SELECT DISTINCT address FROM token_use WHERE day >= $2::date)
  SELECT address FROM known
  WHERE CASE WHEN address ~ '^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$'
    THEN address::inet <<= $1::inet ELSE false END`

/** Lists the tokens that were used from an address or a network of late, latest first. */
export async function searchUses(
  { pool }: Postgres,
  network: string,
  now: EpochSeconds,
  limit: number,
): Promise<TokenUsedFrom[]> {
  const address = readAddress(network)
  const places = address === undefined ? IN_NETWORK : 'SELECT $1::text AS address'
  const { rows } = await pool.query<UsedFromRow>(
    `SELECT u.token AS key, u.username, c.token_type AS type, c.token_name AS name, c.service, u.count, u.last
     FROM (
       SELECT token, min(username) AS username, sum(count)::float8 AS count, extract(epoch FROM max(last))::float8 AS last
       FROM token_use JOIN (${places}) place USING (address) WHERE day >= $2::date
       GROUP BY token ORDER BY max(last) DESC, token LIMIT $3
     ) u LEFT JOIN LATERAL (
       SELECT token_type, token_name, service FROM token_change WHERE token = u.token ORDER BY at DESC, id DESC LIMIT 1
     ) c ON true
     ORDER BY u.last DESC, u.token`,
    [address ?? writeNetwork(network), isoTime(now - SEARCHED_DAYS * DAY).slice(0, 10), limit],
  )
  return rows.map(({ type, name, service, ...rest }) => ({
    ...rest,
    ...(type !== null && { type }),
    ...(name !== null && { name }),
    ...(service !== null && { service }),
  }))
}

/** The other tokens that were used from an address at the time that one was. */
export interface Neighbours {
  readonly address: string
  readonly tokens: number
  readonly people: number
}

/** Counts, for each address that a token was used from last, the others used there within 24 hours of its last use. */
export async function countNeighbours(
  { pool }: Postgres,
  token: TokenKey,
  addresses: number,
): Promise<readonly Neighbours[]> {
  const { rows } = await pool.query<Neighbours>(
    `SELECT mine.address, count(DISTINCT u.token)::int AS tokens, count(DISTINCT u.username)::int AS people
     FROM (
       SELECT address, max(last) AS last FROM token_use WHERE token = $1 AND address <> ''
       GROUP BY address ORDER BY max(last) DESC, address LIMIT $2
     ) mine JOIN token_use u ON u.address = mine.address AND u.token <> $1
       AND u.day >= (mine.last AT TIME ZONE 'UTC')::date - 1 AND u.day <= (mine.last AT TIME ZONE 'UTC')::date + 1
       AND u.last >= mine.last - interval '24 hours' AND u.first <= mine.last + interval '24 hours'
     GROUP BY mine.address, mine.last ORDER BY mine.last DESC, mine.address`,
    [token, addresses],
  )
  return rows
}
