import type { ExportedEvent } from '../../core/audit/clean.js'
import { readEvent } from '../../core/audit/read-event.js'
import { termsOf } from '../../core/audit/terms.js'
import type { Postgres } from '../postgres/client.js'

const EVENTS_PER_BATCH = 1_000

/** The columns that events are found by. */
const COLUMNS = ['actor', 'owner', 'object', 'token', 'address', 'request_id', 'act', 'refused']
export const TERMS = COLUMNS.join(', ')

/** Sets the columns to those of another table. */
export const copiesFrom = (table: string): string =>
  COLUMNS.map((column) => `${column} = ${table}.${column}`).join(', ')

/** The parameters of {@link termColumns}, from a number on. */
export function termParameters(first: number): string {
  const types = ['text', 'text', 'text', 'text', 'inet', 'text', 'text', 'boolean']
  return types.map((type, index) => `$${first + index}::${type}[]`).join(', ')
}

/** Returns what events are found by, as columns. */
export function termColumns(events: readonly ExportedEvent[]): readonly unknown[][] {
  const terms = events.map(termsOf)
  return [
    terms.map(({ actor }) => actor),
    terms.map(({ owner }) => owner),
    terms.map(({ object }) => object),
    terms.map(({ token }) => token),
    terms.map(({ address }) => address),
    terms.map(({ requestId }) => requestId),
    terms.map(({ act }) => act),
    terms.map(({ refused }) => refused),
  ]
}

/**
 * Copies what events are found by, of those that a former version chained; at most {@link EVENTS_PER_BATCH}, oldest first. The
 * event and its link stay as they are.
 *
 * @returns their number
 */
export async function copyTerms({ pool }: Pick<Postgres, 'pool'>): Promise<number> {
  const { rows } = await pool.query<{ id: string; event: string }>(
    `SELECT id, event FROM audit_event WHERE refused IS NULL AND position IS NOT NULL ORDER BY id LIMIT ${EVENTS_PER_BATCH}`,
  )
  if (rows.length === 0) return 0
  await pool.query(
    `UPDATE audit_event e SET ${copiesFrom('c')} FROM unnest($1::bigint[], ${termParameters(2)}) AS c (id, ${TERMS})
     WHERE e.id = c.id`,
    [rows.map(({ id }) => id), ...termColumns(rows.map(({ event }) => readEvent(event)))],
  )
  return rows.length
}
