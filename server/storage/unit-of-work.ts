import type { AuditedAct } from '../core/audit/event.js'
import type { NoticeMailSettings } from '../core/notices/mail.js'
import type { Notice } from '../core/notices/notice.js'
import { insertWithAct } from './audit/events.js'
import type { AuditTrail } from './audit/trail.js'
import type { InvalidationPublisher } from './cache/invalidation-publisher.js'
import type { Topic } from './cache/topic.js'
import type { Postgres, Transaction } from './postgres/client.js'
import { throughPrisma } from './postgres/connection/statements.js'
import { insertNotices } from './postgres/notices/notices.js'

/** A transaction that may invalidate caches. Every function that changes a token or a user takes one. */
export interface UnitOfWork {
  readonly db: Transaction
  /** Marks a topic as changed. */
  readonly invalidate: (topic: Topic) => void
  /** Records an act: its audit event is committed with the act, and logged once it is. */
  readonly record: (act: AuditedAct) => void
  /** Tells a user of an act, if the site wants it: the notice is committed with the act. */
  readonly notify: (notice: Notice) => void
}

interface CommitContext {
  readonly postgres: Postgres
  readonly invalidations: InvalidationPublisher
  readonly audit: AuditTrail
  readonly settings: NoticeMailSettings
}

/**
 * Commits a change with its audit events, applies it to Redis, and publishes the invalidations before it returns. They are
 * published even when the commit seems to have failed: a database whose connection is lost during a commit may have committed.
 *
 * @param afterwards applies the result of the transaction to Redis
 */
export async function commit<T>(
  { postgres, invalidations, audit, settings }: CommitContext,
  write: (unit: UnitOfWork) => Promise<T>,
  afterwards?: (outcome: T) => Promise<void>,
): Promise<T> {
  const changed = new Set<Topic>()
  try {
    const { outcome, events } = await postgres.transaction(async (db) => {
      const acts: AuditedAct[] = []
      const notices: Notice[] = []
      const outcome = await write({
        db,
        invalidate: (topic) => changed.add(topic),
        record: (act) => void acts.push(act),
        notify: (notice) => void notices.push(notice),
      })
      const events = audit.eventsOf(acts)
      await insertWithAct(db, events)
      await insertNotices(throughPrisma(db), settings, notices)
      await audit.journal(events)
      return { outcome, events }
    })
    audit.log(events)
    await afterwards?.(outcome)
    return outcome
  } finally {
    await invalidations.publish([...changed])
  }
}
