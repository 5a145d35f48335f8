import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { writeNetwork } from '../../core/access/ip-network.js'
import type { EpochSeconds } from '../../core/time.js'
import type { ActId } from '../../core/token/act.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import type { TokenType } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import { type Postgres, toDate } from './client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './history/change-row.js'

/** Selects changes; all given fields must match. */
export interface HistoryFilter {
  readonly username?: string
  readonly actor?: string
  /** This token's own changes and those of its direct children. */
  readonly key?: TokenKey
  readonly tokenType?: TokenType
  readonly action?: TokenHistoryEntry['action']
  /** The changes of one act on many tokens. */
  readonly act?: ActId
  /** An address, or a network in CIDR form. */
  readonly address?: string
  /** Inclusive. */
  readonly since?: EpochSeconds
  /** Inclusive. */
  readonly until?: EpochSeconds
}

/** A position in the history: the entry of this instant and number. */
export interface HistoryCursor {
  readonly at: EpochSeconds
  readonly id: string
  /** Selects the page that ends just before it, instead of the one that begins with it. */
  readonly backwards: boolean
}

/** The places before and after a page. */
export interface AroundPage {
  /** The first entry of the next page. */
  readonly next?: HistoryCursor
  readonly previous?: HistoryCursor
}

export interface HistoryPage extends AroundPage {
  readonly changes: readonly TokenHistoryEntry[]
}

/** A page to show: from the newest entry when there is no cursor. */
export interface HistoryPlace {
  readonly cursor?: HistoryCursor
  readonly limit: number
}

/**
 * Returns a page of the history, newest first. Pagination is by cursor: a new entry neither repeats nor hides another, and a
 * page far back costs no more than the first.
 */
export async function searchHistory(
  { pool }: Pick<Postgres, 'pool'>,
  filter: HistoryFilter,
  { cursor, limit }: HistoryPlace,
): Promise<HistoryPage> {
  const where = whereOf([...conditionsOf(filter), ...(cursor ? [fromCursor(cursor)] : [])])
  const { rows } = await pool.query<ChangeRow>(
    sql`SELECT ${raw(CHANGE_COLUMNS)} FROM token_change ${where} ${orderOf(cursor)} LIMIT ${limit + 1}`,
  )
  const { shown, ...around } = cutPage(rows, { limit, ...(cursor && { cursor }) })
  return { changes: shown.map(toChange), ...around }
}

/**
 * Cuts what was found to a page, newest first.
 *
 * @param found from the cursor on in its direction; one more than the page has, if there are more
 */
export function cutPage<Row extends Placed>(
  found: readonly Row[],
  { cursor, limit }: HistoryPlace,
): AroundPage & { readonly shown: readonly Row[] } {
  const more = found.length > limit
  const page = found.slice(0, limit)
  if (!cursor?.backwards) {
    const beyond = more ? found[limit] : undefined
    const first = page[0]
    return {
      shown: page,
      ...(beyond && { next: cursorAt(beyond) }),
      ...(cursor && first && { previous: { ...cursorAt(first), backwards: true } }),
    }
  }
  const inOrder = page.reverse()
  const first = inOrder[0]
  return {
    shown: inOrder,
    next: { ...cursor, backwards: false },
    ...(more && first && { previous: { ...cursorAt(first), backwards: true } }),
  }
}

/** Counts the changes that match a filter, over all pages. */
export async function countHistory({ pool }: Postgres, filter: HistoryFilter): Promise<number> {
  const where = whereOf(conditionsOf(filter))
  const { rows } = await pool.query<{ count: string }>(sql`SELECT count(*) FROM token_change ${where}`)
  return Number(rows[0]?.count ?? 0)
}

/** A row of a table that is paged by instant and number. */
interface Placed {
  readonly at: Date
  readonly id: bigint | string
}

function cursorAt({ at, id }: Placed): HistoryCursor {
  return { at: Math.floor(at.getTime() / 1000), id: String(id), backwards: false }
}

/** Returns the conditions of a filter, on columns of `token_change`. */
export function conditionsOf({
  username,
  actor,
  key,
  tokenType,
  action,
  act,
  address,
  since,
  until,
}: HistoryFilter): readonly Sql[] {
  return [
    ...(username === undefined ? [] : [sql`username = ${username}`]),
    ...(actor === undefined ? [] : [sql`actor = ${actor}`]),
    ...(key === undefined ? [] : [sql`(token = ${key} OR parent = ${key})`]),
    ...(tokenType === undefined ? [] : [sql`token_type = ${tokenType}::token_type`]),
    ...(action === undefined ? [] : [sql`action = ${action}::change_action`]),
    ...(act === undefined ? [] : [sql`act = ${act}`]),
    ...(address === undefined ? [] : [sql`address <<= ${writeNetwork(address)}::inet`]),
    ...(since === undefined ? [] : [sql`at >= ${toDate(since)}`]),
    ...(until === undefined ? [] : [sql`at <= ${toDate(until)}`]),
  ]
}

export function orderOf(cursor: HistoryCursor | undefined): Sql {
  return cursor?.backwards ? sql`ORDER BY at ASC, id ASC` : sql`ORDER BY at DESC, id DESC`
}

export function fromCursor({ backwards, at, id }: HistoryCursor): Sql {
  return backwards ? sql`(at, id) > (${toDate(at)}, ${id})` : sql`(at, id) <= (${toDate(at)}, ${id})`
}

export function whereOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? empty : sql`WHERE ${join([...conditions], ' AND ')}`
}

/** A cursor in a URL. No instant and no entry number has more digits. */
export const CURSOR = /^(p?)([0-9]{1,11})_([0-9]{1,18})$/

/** Parses a text of the form {@link CURSOR}; undefined for any other text. */
export function readCursor(text: string): HistoryCursor | undefined {
  const [, backwards, at, id] = CURSOR.exec(text) ?? []
  return id === undefined ? undefined : { at: Number(at), id, backwards: backwards === 'p' }
}

export function formatCursor({ backwards, at, id }: HistoryCursor): string {
  return `${backwards ? 'p' : ''}${at}_${id}`
}
