import { LRUCache } from 'lru-cache'
import { verifiedEmailsOf } from '../people/addresses.js'
import type { Context } from '../stores/context.js'
import type { Postgres } from '../stores/postgres.js'
import { findPrograms, type StoredProgram } from '../stores/programs.js'

/** So long the checks of a process may go on with what they know. A change made by this very process is known at once. */
const AGE_MS = 5_000
const MOST_PROGRAMS = 5_000
const MOST_PEOPLE = 10_000

interface Memory {
  readonly programs: LRUCache<string, Promise<StoredProgram | undefined>>
  readonly emails: LRUCache<string, Promise<readonly string[]>>
}

/** One memory for each open database: whoever has the database has what is remembered of it. */
const memories = new WeakMap<Postgres, Memory>()

function memoryOf({ postgres }: Context): Memory {
  const known = memories.get(postgres)
  if (known) return known
  const fresh: Memory = {
    programs: new LRUCache({ max: MOST_PROGRAMS, ttl: AGE_MS }),
    emails: new LRUCache({ max: MOST_PEOPLE, ttl: AGE_MS }),
  }
  memories.set(postgres, fresh)
  return fresh
}

/** A program and its people, no older than {@link AGE_MS}; that there is none is remembered, too. */
export function rememberedProgram(context: Context, id: string): Promise<StoredProgram | undefined> {
  return remembered(memoryOf(context).programs, id, async () => (await findPrograms(context.postgres, [id]))[0])
}

/** The addresses of {@link verifiedEmailsOf}, no older than {@link AGE_MS}. */
export function rememberedEmails(context: Context, username: string): Promise<readonly string[]> {
  return remembered(memoryOf(context).emails, username, () => verifiedEmailsOf(context, username))
}

/** To be told that programs, or who may read their data, changed. */
export function forgetPrograms(context: Context, ids: readonly string[]): void {
  const { programs } = memoryOf(context)
  if (ids.length > MOST_PROGRAMS) programs.clear()
  else for (const id of ids) programs.delete(id)
}

/** To be told that somebody's addresses changed. */
export function forgetPerson(context: Context, username: string): void {
  memoryOf(context).emails.delete(username)
}

/**
 * What is remembered is the reading, from the moment it begins: whoever comes while it goes on waits for the same one;
 * its age counts from before it could see anything; and once it is forgotten, what it still brings reaches nobody new.
 */
function remembered<V>(cache: LRUCache<string, Promise<V>>, key: string, read: () => Promise<V>): Promise<V> {
  const known = cache.get(key)
  if (known) return known
  const fresh = read()
  cache.set(key, fresh)
  // A store that did not answer says nothing about the next time.
  fresh.catch(() => cache.peek(key) === fresh && cache.delete(key))
  return fresh
}
