import { readAddress } from '../../../core/access/ip-address.js'
import { commonBeginning, writeNetwork } from '../../../core/access/ip-network.js'
import { withCauses } from '../../../core/error-causes.js'
import { DAY, type EpochSeconds, isoTime } from '../../../core/time.js'
import type { TokenHistoryEntry } from '../../../core/token/history.js'
import type { TokenRecord, TokenType } from '../../../core/token/record.js'
import type { TokenKey } from '../../../core/token/token.js'
import type { Prisma } from '../../generated/client.js'
import { type Postgres, type Transaction, toDate } from '../client.js'
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

/**
 * Lists user and service tokens that ended of late by a part of the name that they had, the latest end first; none where the
 * database does not find them in time.
 */
export async function searchEndedTokens(
  { prisma }: Postgres,
  text: string,
  now: EpochSeconds,
  limit: number,
): Promise<EndedToken[]> {
  const query = prisma.$queryRaw<EndedToken[]>`
    SELECT token AS key, username, token_type AS type, token_name AS name FROM token_change c
    WHERE action IN ('revoke', 'expire') AND token_type IN ('user', 'service') AND at > ${toDate(now - SEARCHED_DAYS * DAY)}
      AND strpos(lower(token_name), lower(${text})) > 0 AND NOT EXISTS (SELECT 1 FROM token t WHERE t.key = c.token)
    ORDER BY at DESC, id DESC LIMIT ${limit}`
  return (await inTime(prisma, query, ENDED_MS)) ?? []
}

/** A token that was revoked or has expired, with the name that it had. */
export interface EndedToken {
  readonly key: TokenKey
  readonly username: string
  readonly type: TokenType
  readonly name: string
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

/** So far back uses and tokens that have ended are searched. */
export const SEARCHED_DAYS = 90

/** More uses from one network are not listed: they would be counted for longer than a page may take. */
const MOST_USES = 200_000

/** For so long the database searches uses, and names of tokens that have ended, in milliseconds: the page waits for both. */
const [USES_MS, ENDED_MS] = [4_000, 1_500]

/** Other texts than addresses would fail the query. The common beginning spares most rows the judgement. */
const IN_NETWORK = `starts_with(address, $4) AND
  CASE WHEN address ~ '^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$'
    THEN address::inet <<= $1::inet ELSE false END`

/**
 * Lists the tokens that were used from an address or a network of late, latest first.
 *
 * @param bounds how many tokens are listed, and how many uses are counted
 * @returns `too_many` for a network with more uses than can be searched in time
 */
export async function searchUses(
  { prisma }: Postgres,
  network: string,
  now: EpochSeconds,
  { limit, most = MOST_USES }: { readonly limit: number; readonly most?: number },
): Promise<TokenUsedFrom[] | 'too_many'> {
  const address = readAddress(network)
  const isThere = address === undefined ? IN_NETWORK : 'address = $1 AND address = $4'
  const query = prisma.$queryRawUnsafe<(UsedFromRow & { matched: number })[]>(
    `WITH matched AS MATERIALIZED (
       SELECT token, username, count, last FROM token_use WHERE day >= $2::date AND ${isThere} LIMIT $5
     )
     SELECT u.token AS key, u.username, c.token_type AS type, c.token_name AS name, c.service, u.count, u.last,
       (SELECT count(*)::int FROM matched) AS matched
     FROM (
       SELECT token, min(username) AS username, sum(count)::float8 AS count, extract(epoch FROM max(last))::float8 AS last
       FROM matched GROUP BY token ORDER BY max(last) DESC, token LIMIT $3
     ) u LEFT JOIN LATERAL (
       SELECT token_type, token_name, service FROM token_change WHERE token = u.token ORDER BY at DESC, id DESC LIMIT 1
     ) c ON true
     ORDER BY u.last DESC, u.token`,
    address ?? writeNetwork(network),
    isoTime(now - SEARCHED_DAYS * DAY).slice(0, 10),
    limit,
    address ?? commonBeginning(network),
    most + 1,
  )
  const rows = await inTime(prisma, query, USES_MS)
  if (rows === undefined || (rows[0]?.matched ?? 0) > most) return 'too_many'
  return rows.map(({ type, name, service, matched: _all, ...rest }) => ({
    ...rest,
    ...(type !== null && { type }),
    ...(name !== null && { name }),
    ...(service !== null && { service }),
  }))
}

/** Runs a query that the database itself gives up after a while; undefined if it did. One that only we give up would run on. */
async function inTime<T>(
  prisma: Postgres['prisma'],
  query: Prisma.PrismaPromise<T>,
  milliseconds: number,
): Promise<T | undefined> {
  try {
    const limit = prisma.$executeRawUnsafe(`SET LOCAL statement_timeout = ${milliseconds}`)
    return (await prisma.$transaction([limit, query]))[1]
  } catch (error) {
    if (withCauses(error).some(({ code, originalCode }) => code === CANCELLED || originalCode === CANCELLED))
      return undefined
    throw error
  }
}

/** The SQLSTATE of a statement that took too long. */
const CANCELLED = '57014'

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
