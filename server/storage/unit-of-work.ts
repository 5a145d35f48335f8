import type { InvalidationPublisher } from './cache/invalidation-publisher.js'
import type { Topic } from './cache/topic.js'
import type { Postgres, Transaction } from './postgres/client.js'

/** A transaction that may invalidate caches. Every function that changes a token or a user takes one. */
export interface UnitOfWork {
  readonly db: Transaction
  /** Marks a topic as changed. */
  readonly invalidate: (topic: Topic) => void
}

/**
 * Commits a change, applies it to Redis, and publishes the invalidations before it returns. They are published even when the
 * commit seems to have failed: a database whose connection is lost during a commit may have committed.
 *
 * @param afterwards applies the result of the transaction to Redis
 */
export async function commit<T>(
  { postgres, invalidations }: { readonly postgres: Postgres; readonly invalidations: InvalidationPublisher },
  write: (unit: UnitOfWork) => Promise<T>,
  afterwards?: (outcome: T) => Promise<void>,
): Promise<T> {
  const changed = new Set<Topic>()
  try {
    const outcome = await postgres.prisma.$transaction((db) => write({ db, invalidate: (topic) => changed.add(topic) }))
    await afterwards?.(outcome)
    return outcome
  } finally {
    await invalidations.publish([...changed])
  }
}
