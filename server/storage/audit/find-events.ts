import sql, { join, type Sql } from 'sql-template-tag'
import { writeNetwork } from '../../core/access/ip-network.js'
import { CHAIN_START, type ChainHead, checkLinks } from '../../core/audit/chain.js'
import { termOf } from '../../core/audit/terms.js'
import type { ActId } from '../../core/token/act.js'
import { isTokenKey } from '../../core/token/token.js'
import type { Postgres } from '../postgres/client.js'
import { type AroundPage, cutPage, fromCursor, type HistoryPlace, orderOf } from '../postgres/token-history-search.js'
import { readPlace } from './extend-chain.js'
import { type AuditFilter, conditionsOf } from './search.js'

/** Selects events for a reader; all given fields must match. */
export interface EventFilter extends AuditFilter {
  readonly outcome?: 'done' | 'refused'
  readonly actor?: string
  /** The object, or its owner; of a token key, also the acts with that token. */
  readonly about?: string
  /** An address, or a network in CIDR form. */
  readonly address?: string
  readonly requestId?: string
  readonly act?: ActId
  /** In any field of the event. */
  readonly text?: string
}

/** An event as it is stored. */
export interface FoundEvent {
  readonly id: string
  readonly at: Date
  readonly eventId: string
  /** In canonical JSON. */
  readonly event: string
  /** Absent until the event is chained. */
  readonly link?: ChainHead
}

export interface EventPage extends AroundPage {
  readonly events: readonly FoundEvent[]
}

/** Less than the driver's own limit, after which a connection is given up. */
const LIMIT = '3s'

/**
 * Returns a page of the events, newest first; `'too long'` when PostgreSQL does not find it in {@link LIMIT}, as for a rare text in
 * a trail of millions. Pages are by cursor. As in the export, chained events alone are found: a second later, the others are.
 */
export async function findEvents(
  postgres: Pick<Postgres, 'pool'>,
  filter: EventFilter,
  place: HistoryPlace,
): Promise<EventPage | 'too long'> {
  const order = orderOf(place.cursor)
  const most = place.limit + 1
  const conditions = [...termConditions(filter), ...(place.cursor ? [fromCursor(place.cursor)] : [])]
  // Each part goes along one index in the order of the page, and ends with it.
  const parts = aboutConditions(filter).map((about) => {
    const where = join([sql`position IS NOT NULL`, ...about, ...conditions], ' AND ')
    return sql`(SELECT id, at FROM audit_event WHERE ${where} ${order} LIMIT ${most})`
  })
  const rows = await limited(
    postgres,
    sql`SELECT id, at, event_id, event, position, hash FROM audit_event WHERE id IN (
          SELECT id FROM (${join(parts, ' UNION ')}) p ${order} LIMIT ${most}) ${order}`,
  )
  if (rows === 'too long') return rows
  const { shown, ...around } = cutPage(rows, place)
  return { events: shown.map(toFound), ...around }
}

/** Finds an event by its identifier, with the outcome of a check of its link: undefined where the link before it is gone. */
export async function findEvent(
  { pool }: Pick<Postgres, 'pool'>,
  eventId: string,
): Promise<(FoundEvent & { readonly fits?: boolean }) | undefined> {
  const { rows } = await pool.query<EventRow>(
    sql`SELECT id, at, event_id, event, position, hash FROM audit_event WHERE event_id = ${eventId}`,
  )
  const [row] = rows
  if (!row) return undefined
  const found = toFound(row)
  const before = found.link && (await linkBefore(pool, found.link.position))
  return {
    ...found,
    ...(found.link && before && { fits: !('fault' in checkLinks(before, [{ ...found.link, event: found.event }])) }),
  }
}

async function linkBefore(pool: Postgres['pool'], position: number): Promise<ChainHead | undefined> {
  if (position === 1) return { position: 0, hash: CHAIN_START }
  const { rows } = await pool.query<{ hash: string }>(
    sql`SELECT hash FROM audit_event WHERE position = ${position - 1}`,
  )
  const [row] = rows
  if (row) return { position: position - 1, hash: row.hash }
  const base = await readPlace(pool, 'base')
  return base?.position === position - 1 ? base : undefined
}

interface EventRow {
  readonly id: string
  readonly at: Date
  readonly event_id: string
  readonly event: string
  readonly position: string | null
  readonly hash: string | null
}

function toFound({ id, at, event_id, event, position, hash }: EventRow): FoundEvent {
  return {
    id,
    at,
    eventId: event_id,
    event,
    ...(position !== null && hash !== null && { link: { position: Number(position), hash } }),
  }
}

function termConditions({ outcome, actor, address, requestId, act, text, ...filter }: EventFilter): readonly Sql[] {
  return [
    ...conditionsOf(filter),
    ...(outcome === undefined ? [] : [sql`refused = ${outcome === 'refused'}`]),
    ...(actor === undefined ? [] : [sql`actor = ${termOf(actor)}`]),
    ...(address === undefined ? [] : [ofAddress(address)]),
    ...(requestId === undefined ? [] : [sql`request_id = ${termOf(requestId)}`]),
    ...(act === undefined ? [] : [sql`act = ${act}`]),
    ...(text === undefined ? [] : [sql`event ILIKE ${containing(text)}`]),
  ]
}

/** The ways in which an event can be about something. */
function aboutConditions({ about }: EventFilter): readonly (readonly Sql[])[] {
  if (about === undefined) return [[]]
  const term = termOf(about)
  return [[sql`object = ${term}`], isTokenKey(about) ? [sql`token = ${term}`] : [sql`owner = ${term}`]]
}

function ofAddress(address: string): Sql {
  const network = writeNetwork(address)
  return address.includes('/') ? sql`address <<= ${network}::inet` : sql`address = ${network}::inet`
}

/** Matches a text within canonical JSON, where quotation marks and control characters are escaped. */
function containing(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1)
  return `%${escaped.replace(/[\\%_]/g, '\\$&')}%`
}

/** PostgreSQL's code of a statement that was cancelled. */
const CANCELLED = '57014'

async function limited({ pool }: Pick<Postgres, 'pool'>, query: Sql): Promise<EventRow[] | 'too long'> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN READ ONLY')
    await client.query(sql`SELECT set_config('statement_timeout', ${LIMIT}, true)`)
    const { rows } = await client.query<EventRow>(query)
    await client.query('COMMIT')
    return rows
  } catch (error) {
    await client.query('ROLLBACK')
    if (error instanceof Error && 'code' in error && error.code === CANCELLED) return 'too long'
    throw error
  } finally {
    client.release()
  }
}
