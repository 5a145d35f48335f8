import type { EpochSeconds } from '../../core/time.js'
import { INTERNAL } from '../../core/token/history.js'
import type { Context } from '../context.js'
import { toDate } from '../postgres/client.js'
import { insertEvents } from './events.js'
import { withChain, writePlace } from './extend-chain.js'

/** So many at a time that no act waits for the table. */
const EVENTS_PER_BATCH = 5_000

/**
 * Deletes events from before an instant, from the beginning of the chain on. What is left can still be verified: the link
 * before it is kept, and the deletion is an event itself.
 *
 * @returns the number of deleted events
 */
export async function pruneAudit(
  { postgres: { pool }, audit }: Pick<Context, 'postgres' | 'audit'>,
  before: EpochSeconds,
): Promise<number> {
  for (let total = 0; ; ) {
    const deleted = await withChain(pool, async (client) => {
      const { rows } = await client.query<{ position: string; hash: string }>(
        `SELECT position, hash FROM (
           SELECT position, hash, bool_and(at < $1) OVER (ORDER BY position) AS old FROM audit_event
           WHERE position IS NOT NULL ORDER BY position LIMIT ${EVENTS_PER_BATCH}) first
         WHERE old ORDER BY position DESC LIMIT 1`,
        [toDate(before)],
      )
      const [last] = rows
      if (!last) return undefined
      const base = { position: Number(last.position), hash: last.hash }
      const { rowCount } = await client.query('DELETE FROM audit_event WHERE position <= $1', [base.position])
      await writePlace(client, 'base', base)
      const events = audit.eventsOf([{ action: 'audit.prune', actor: INTERNAL, object: OBJECT, after: base }])
      await insertEvents(client, events)
      return { count: rowCount ?? 0, events }
    })
    if (!deleted) return total
    audit.log(deleted.events)
    total += deleted.count
    if (deleted.count < EVENTS_PER_BATCH) return total
  }
}

const OBJECT = { type: 'audit', id: 'events' } as const
