import type { EpochSeconds } from '../../core/time.js'
import type { TokenHistoryEntry } from '../../core/token/history.js'
import type { TokenType } from '../../core/token/record.js'
import type { TokenKey } from '../../core/token/token.js'
import { type Postgres, toDate } from './client.js'
import { CHANGE_COLUMNS, type ChangeRow, toChange } from './token-history.js'

/** Which changes one asks for; all that are given must fit. */
export interface HistoryFilter {
  readonly username?: string
  readonly actor?: string
  /** This token's own changes and those of its direct children. */
  readonly key?: TokenKey
  readonly tokenType?: TokenType
  /** An address, or a network in CIDR form. */
  readonly address?: string
  /** Inclusive. */
  readonly since?: EpochSeconds
  /** Inclusive. */
  readonly until?: EpochSeconds
}

/** A place in the history, newest first: the entry of this instant and number. */
export interface HistoryCursor {
  readonly at: EpochSeconds
  readonly id: string
  /** The page that ends just before it, instead of the one that begins with it. */
  readonly backwards: boolean
}

export interface HistoryPage {
  readonly changes: readonly TokenHistoryEntry[]
  /** The first entry of the next page. */
  readonly next?: HistoryCursor
  readonly previous?: HistoryCursor
}

/**
 * A page of the history, newest first. Pages follow each other by place, not by number: what is added meanwhile neither
 * repeats an entry nor hides one, and a page far back costs no more than the first.
 *
 * @param limit absent: everything
 */
export async function searchHistory(
  { pool }: Postgres,
  filter: HistoryFilter,
  { cursor, limit }: { readonly cursor?: HistoryCursor; readonly limit?: number },
): Promise<HistoryPage> {
  const query = conditionsOf(filter)
  if (cursor) query.add(cursor.backwards ? '(at, id) > (?, ?)' : '(at, id) <= (?, ?)', toDate(cursor.at), cursor.id)
  const order = cursor?.backwards ? 'at ASC, id ASC' : 'at DESC, id DESC'
  const most = limit === undefined ? '' : `LIMIT ${limit + 1}`
  const text = `SELECT ${CHANGE_COLUMNS} FROM token_change ${query.where()} ORDER BY ${order} ${most}`
  const { rows } = await pool.query<ChangeRow>(text, query.values)
  const more = limit !== undefined && rows.length > limit
  const page = more ? rows.slice(0, limit) : rows
  if (!cursor?.backwards) {
    const beyond = more ? rows.at(-1) : undefined
    const first = page[0]
    return {
      changes: page.map(toChange),
      ...(beyond && { next: placeOf(beyond) }),
      ...(cursor && first && { previous: { ...placeOf(first), backwards: true } }),
    }
  }
  const inOrder = page.reverse()
  const first = inOrder[0]
  return {
    changes: inOrder.map(toChange),
    next: { ...cursor, backwards: false },
    ...(more && first && { previous: { ...placeOf(first), backwards: true } }),
  }
}

/** How many changes fit a filter, whatever page one is on. */
export async function countHistory({ pool }: Postgres, filter: HistoryFilter): Promise<number> {
  const query = conditionsOf(filter)
  const { rows } = await pool.query<{ count: string }>(
    `SELECT count(*) FROM token_change ${query.where()}`,
    query.values,
  )
  return Number(rows[0]?.count ?? 0)
}

function placeOf({ at, id }: ChangeRow): HistoryCursor {
  return { at: Math.floor(at.getTime() / 1000), id: String(id), backwards: false }
}

/** Conditions with their values apart from them: nothing that a caller wrote becomes SQL. */
class Conditions {
  readonly values: unknown[] = []
  readonly #parts: string[] = []

  add(part: string, ...values: unknown[]): void {
    const numbered = part.replace(/\?/g, () => `$${this.values.push(values.shift())}`)
    this.#parts.push(numbered)
  }

  where(): string {
    return this.#parts.length > 0 ? `WHERE ${this.#parts.join(' AND ')}` : ''
  }
}

function conditionsOf(filter: HistoryFilter): Conditions {
  const { username, actor, key, tokenType, address, since, until } = filter
  const query = new Conditions()
  if (username !== undefined) query.add('username = ?', username)
  if (actor !== undefined) query.add('actor = ?', actor)
  if (key !== undefined) query.add('(token = ? OR parent = ?)', key, key)
  if (tokenType !== undefined) query.add('token_type = ?::token_type', tokenType)
  if (address !== undefined) query.add('address <<= ?::inet', address)
  if (since !== undefined) query.add('at >= ?', toDate(since))
  if (until !== undefined) query.add('at <= ?', toDate(until))
  return query
}

/** A cursor as addresses have it. Beyond these digits no instant and no entry has a number. */
export const CURSOR = /^(p?)([0-9]{1,11})_([0-9]{1,18})$/

/** The place that a text of the form {@link CURSOR} names; nothing for any other text. */
export function readCursor(text: string): HistoryCursor | undefined {
  const [, backwards, at, id] = CURSOR.exec(text) ?? []
  return id === undefined ? undefined : { at: Number(at), id, backwards: backwards === 'p' }
}

export function formatCursor({ backwards, at, id }: HistoryCursor): string {
  return `${backwards ? 'p' : ''}${at}_${id}`
}
