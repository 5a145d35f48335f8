import type { InvalidationPublisher } from './cache/invalidation-publisher.js'
import type { Topic } from './cache/topic.js'
import type { Postgres, Transaction } from './postgres/client.js'

/** A transaction that may change what processes remember. Whoever changes a token or a person has to be given one. */
export interface UnitOfWork {
  readonly db: Transaction
  /** Says what is no longer as it was. */
  readonly invalidate: (topic: Topic) => void
}

/**
 * Makes a change: commits it, does what is to be done in Redis once it is committed, and tells every process what to
 * forget, before the caller hears that it is done. It is told even when the commit seems to have failed: a database that
 * goes away in the middle of it may have taken it.
 *
 * @param afterwards works on Redis, for what the transaction resolved to
 */
export async function commit<T>(
  { postgres, invalidations }: { readonly postgres: Postgres; readonly invalidations: InvalidationPublisher },
  write: (writing: UnitOfWork) => Promise<T>,
  afterwards?: (outcome: T) => Promise<void>,
): Promise<T> {
  const touched = new Set<Topic>()
  try {
    const outcome = await postgres.prisma.$transaction((db) => write({ db, invalidate: (topic) => touched.add(topic) }))
    await afterwards?.(outcome)
    return outcome
  } finally {
    await invalidations.publish([...touched])
  }
}
