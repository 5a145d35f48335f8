import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { readAddress } from '../../../core/access/ip-address.js'
import { asksForUse, type IncidentFilter, isGiven } from '../../../core/incident/filter.js'
import type { EpochSeconds } from '../../../core/time.js'
import type { TokenType } from '../../../core/token/record.js'
import type { Scope } from '../../../core/token/scope.js'
import type { TokenKey } from '../../../core/token/token.js'
import { type Postgres, toDate } from '../client.js'

/** A token or session that a filter selects, as far as PostgreSQL knows it. */
export interface SelectedToken {
  readonly key: TokenKey
  readonly username: string
  readonly type: TokenType
  readonly name?: string
  readonly service?: string
  readonly parent?: TokenKey
  readonly scopes: readonly Scope[]
  readonly created: EpochSeconds
  /** Absent: never expires. */
  readonly expires?: EpochSeconds
}

interface Row {
  readonly key: TokenKey
  readonly username: string
  readonly type: TokenType
  readonly name: string | null
  readonly service: string | null
  readonly parent: TokenKey | null
  readonly scopes: string
  readonly created: EpochSeconds
  readonly expires: EpochSeconds | null
}

/**
 * Sessions and delegated tokens live in Redis. The history has each of them, also those that Redis does not list; an imported one
 * has a row among the tokens.
 */
const IN_REDIS = `c.action = 'create' AND c.token_type NOT IN ('user', 'service')
  AND NOT EXISTS (SELECT 1 FROM token_revocation r WHERE r.key = c.token)
  AND NOT EXISTS (SELECT 1 FROM token_change e WHERE e.token = c.token AND e.action IN ('revoke', 'expire'))
  AND NOT EXISTS (SELECT 1 FROM token_import i WHERE i.key = c.token)
  AND NOT EXISTS (SELECT 1 FROM token t WHERE t.key = c.token)`

const COLUMNS = `l.key, l.username, l.type, l.name, l.service, l.parent, array_to_string(l.scopes, ' ') AS scopes,
  extract(epoch FROM l.created)::float8 AS created, extract(epoch FROM l.expires)::float8 AS expires`

/** Other texts than addresses would fail the query. */
const IS_ADDRESS = `'^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$'`

/** Lists the tokens that a filter selects and that have not ended, in no order. A filter of nothing selects nothing. */
export async function selectTokens(
  { pool }: Postgres,
  filter: Omit<IncidentFilter, 'group' | 'heirs'>,
  now: EpochSeconds,
): Promise<readonly SelectedToken[]> {
  if (!isGiven(filter)) return []
  const where = join([sql`true`, ...conditionsOf(filter)], ' AND ')
  const { rows } = await pool.query<Row>(sql`
    WITH ${placesOf(filter)} live AS (
      SELECT t.key, t.username, t.type, t.name, t.service, t.parent, t.scopes, t.created, t.expires FROM token t
      WHERE t.expires IS NULL OR t.expires > ${toDate(now)}
      UNION ALL
      SELECT c.token, c.username, c.token_type, c.token_name, c.service, c.parent, c.scopes, c.at, c.expires
      FROM token_change c WHERE ${raw(IN_REDIS)} AND c.expires > ${toDate(now)}
    )
    SELECT ${raw(COLUMNS)} FROM live l WHERE ${where}`)
  // A delegated token that is derived once more is created once more.
  return [...new Map(rows.map((row) => [row.key, toSelected(row)])).values()]
}

/** Lists the tokens that were created with some, and with those, unless they have ended. */
export async function selectHeirs(
  { pool }: Postgres,
  makers: readonly TokenKey[],
  now: EpochSeconds,
): Promise<readonly SelectedToken[]> {
  if (makers.length === 0) return []
  const { rows } = await pool.query<Row>(sql`
    SELECT ${raw(COLUMNS)} FROM token l
    WHERE l.makers && ${[...makers]}::text[] AND (l.expires IS NULL OR l.expires > ${toDate(now)})`)
  return rows.map(toSelected)
}

function toSelected({ name, service, parent, scopes, expires, ...rest }: Row): SelectedToken {
  return {
    ...rest,
    scopes: scopes === '' ? [] : (scopes.split(' ') as Scope[]),
    ...(name !== null && { name }),
    ...(service !== null && { service }),
    ...(parent !== null && { parent }),
    ...(expires !== null && { expires }),
  }
}

/** Each address of the log is judged once: the list of them is materialized, or PostgreSQL would judge the one of every row. */
function placesOf({ network }: IncidentFilter): Sql {
  if (network === undefined) return empty
  const address = readAddress(network.replace(network.includes(':') ? /\/128$/ : /\/32$/, ''))
  if (address !== undefined) return sql`place AS (SELECT ${address}::text AS address),`
  return sql`
    known AS MATERIALIZED (SELECT DISTINCT address FROM token_use WHERE address <> ''),
    place AS MATERIALIZED (
      SELECT address FROM known
      WHERE CASE WHEN address ~ ${raw(IS_ADDRESS)} THEN address::inet <<= ${network}::inet ELSE false END),`
}

function conditionsOf(filter: IncidentFilter): readonly Sql[] {
  const { users, types, scope, createdSince, createdBefore, key } = filter
  return [
    ...(users === undefined ? [] : [sql`l.username = ANY(${[...users]}::text[])`]),
    ...(types === undefined ? [] : [sql`l.type = ANY(${[...types]}::token_type[])`]),
    ...(scope === undefined ? [] : [sql`${scope} = ANY(l.scopes)`]),
    ...(createdSince === undefined ? [] : [sql`l.created >= ${toDate(createdSince)}`]),
    ...(createdBefore === undefined ? [] : [sql`l.created < ${toDate(createdBefore)}`]),
    ...(key === undefined ? [] : [sql`l.key = ${key}`]),
    ...(asksForUse(filter) ? [usedAs(filter)] : []),
  ]
}

/** One row of the log of uses that fits as a whole, or the creation. */
function usedAs({ usedSince, usedUntil, network, client }: IncidentFilter): Sql {
  const inLog = [
    ...(usedSince === undefined
      ? []
      : [
          sql`u.last >= ${toDate(usedSince)} AND u.day >= (${toDate(usedSince)}::timestamptz AT TIME ZONE 'UTC')::date`,
        ]),
    ...(usedUntil === undefined
      ? []
      : [
          sql`u.first <= ${toDate(usedUntil)} AND u.day <= (${toDate(usedUntil)}::timestamptz AT TIME ZONE 'UTC')::date`,
        ]),
    ...(network === undefined ? [] : [sql`u.address IN (SELECT address FROM place)`]),
    // No LIKE: a percent sign in the input is literal.
    ...(client === undefined ? [] : [sql`strpos(lower(u.client), lower(${client})) > 0`]),
  ]
  const logged = sql`l.key IN (SELECT u.token FROM token_use u WHERE ${join(inLog, ' AND ')})`
  if (client !== undefined) return logged
  const atCreation = [
    ...(usedSince === undefined ? [] : [sql`l.created >= ${toDate(usedSince)}`]),
    ...(usedUntil === undefined ? [] : [sql`l.created <= ${toDate(usedUntil)}`]),
    ...(network === undefined
      ? []
      : [
          sql`l.key IN (SELECT b.token FROM token_change b WHERE b.action = 'create' AND b.address <<= ${network}::inet)`,
        ]),
  ]
  return sql`(${logged} OR (${join(atCreation, ' AND ')}))`
}
