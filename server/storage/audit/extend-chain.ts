import type pg from 'pg'
import { CHAIN_START, type ChainHead, linkHash } from '../../core/audit/chain.js'
import type { ExportedEvent } from '../../core/audit/clean.js'
import { readEvent } from '../../core/audit/read-event.js'
import type { Postgres } from '../postgres/client.js'
import { inLockedTransaction } from '../postgres/locked-transaction.js'
import { copiesFrom, TERMS, termColumns, termParameters } from './copy-terms.js'

/** Numbers that no other advisory lock has. */
const CHAIN_LOCK = 8_264_031_977
const SINK_LOCK = 8_264_031_978

/** Events to a transaction: an act that waits for none of them still shares the database with it. */
const EVENTS_PER_BATCH = 500

/** An event that has just been chained. */
export interface ChainedEvent extends ChainHead {
  readonly event: ExportedEvent
}

/**
 * Numbers and chains new events, and copies what they are found by, in the order of their rows, at most {@link EVENTS_PER_BATCH}. One process at a time does it,
 * after the acts were committed: writers wait neither for it nor for one another.
 *
 * @returns the new links; none while another process holds the lock
 */
export function extendChain({ pool }: Pick<Postgres, 'pool'>): Promise<readonly ChainedEvent[]> {
  return withChain(pool, async (client) => {
    const { rows } = await client.query<{ id: string; event: string }>(
      `SELECT id, event FROM audit_event WHERE position IS NULL ORDER BY id LIMIT ${EVENTS_PER_BATCH}`,
    )
    if (rows.length === 0) return []
    let last = (await readPlace(client, 'head')) ?? { position: 0, hash: CHAIN_START }
    const links = rows.map(({ event }): ChainedEvent => {
      const position = last.position + 1
      last = { position, hash: linkHash(last.hash, position, event) }
      return { ...last, event: readEvent(event) }
    })
    await client.query(
      `UPDATE audit_event e SET position = link.position, hash = link.hash, ${copiesFrom('link')}
       FROM unnest($1::bigint[], $2::bigint[], $3::text[], ${termParameters(4)}) AS link (id, position, hash, ${TERMS})
       WHERE e.id = link.id`,
      [
        rows.map(({ id }) => id),
        links.map(({ position }) => position),
        links.map(({ hash }) => hash),
        ...termColumns(links.map(({ event }) => event)),
      ],
    )
    await writePlace(client, 'head', last)
    return links
  }).then((links) => links ?? [])
}

type Change<T> = (client: pg.PoolClient) => Promise<T>

/** Runs a change of the chain in a transaction, alone among all processes. @returns undefined while another one runs */
export function withChain<T>(pool: Postgres['pool'], change: Change<T>): Promise<T | undefined> {
  return inLockedTransaction(pool, CHAIN_LOCK, change)
}

/** Runs a transmission to the sink, alone among all processes. @returns undefined while another one runs */
export function withSink<T>(pool: Postgres['pool'], change: Change<T>): Promise<T | undefined> {
  return inLockedTransaction(pool, SINK_LOCK, change)
}

/** A place in the chain that is kept beside it. */
type PlaceName = 'head' | 'base' | 'sink'

type Queries = Pick<pg.PoolClient, 'query'>

/** Reads a place; undefined before there is one. */
export async function readPlace(queries: Queries, name: PlaceName): Promise<ChainHead | undefined> {
  const { rows } = await queries.query<{ position: string; hash: string }>(
    'SELECT position, hash FROM audit_chain WHERE name = $1',
    [name],
  )
  return rows[0] && { position: Number(rows[0].position), hash: rows[0].hash }
}

/** Writes a place. */
export async function writePlace(queries: Queries, name: PlaceName, { position, hash }: ChainHead): Promise<void> {
  await queries.query(
    `INSERT INTO audit_chain (name, position, hash) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position, hash = EXCLUDED.hash`,
    [name, position, hash],
  )
}
