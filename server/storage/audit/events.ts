import { writeEvent } from '../../core/audit/ecs.js'
import type { AuditEvent } from '../../core/audit/event.js'
import { isoTime } from '../../core/time.js'
import type { Transaction } from '../postgres/client.js'

/**
 * New rows have no position: a chain is one row after the other, and no act waits for another one to be committed. A job
 * numbers and chains them shortly after (`chain.ts`).
 */
const INSERT = `INSERT INTO audit_event (event_id, at, action, event)
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[])
  ON CONFLICT (event_id) DO NOTHING`

/** Writes events within a transaction: they are committed with the acts that they tell of, or neither is. */
export async function insertWithAct(db: Transaction, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await db.$executeRawUnsafe(INSERT, ...columnsOf(events))
}

/** The driver's pool, or a client of it that is within a transaction. */
interface Queries {
  query(text: string, values: unknown[]): Promise<unknown>
}

/** Writes events without Prisma. Idempotent. */
export async function insertEvents(queries: Queries, events: readonly AuditEvent[]): Promise<void> {
  if (events.length > 0) await queries.query(INSERT, columnsOf(events))
}

/** Returns an event as it is stored. */
export function eventRow(event: AuditEvent) {
  return { id: event.id, at: isoTime(event.at), action: event.action, event: writeEvent(event) }
}

function columnsOf(events: readonly AuditEvent[]): string[][] {
  const rows = events.map(eventRow)
  return [
    rows.map(({ id }) => id),
    rows.map(({ at }) => at),
    rows.map(({ action }) => action),
    rows.map(({ event }) => event),
  ]
}
