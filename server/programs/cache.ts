import { verifiedEmailsOf } from '../people/verified-emails.js'
import { ALL_PROGRAMS, personTopic, programTopic } from '../storage/cache/dependencies.js'
import type { DependentCache } from '../storage/cache/dependent-cache.js'
import type { TokenCache } from '../storage/cache/token-cache.js'
import type { Context } from '../storage/context.js'
import { findPrograms, type StoredProgram } from '../storage/postgres/programs.js'

const MAX_PROGRAMS = 5_000
const MAX_PEOPLE = 10_000
/** A load that changes more says so of all of them: it takes less time to read them again than to name them. */
const MAX_NAMED_CHANGES = 1_000

interface ProgramMemory {
  readonly programs: DependentCache<StoredProgram | undefined>
  readonly emails: DependentCache<readonly string[]>
}

/** Beside the memory of tokens: what one hears of, the other does. */
const memories = new WeakMap<TokenCache, ProgramMemory>()

function memoryOf({ tokenCache: memory }: Context): ProgramMemory {
  const known = memories.get(memory)
  if (known) return known
  const fresh: ProgramMemory = { programs: memory.derivedCache(MAX_PROGRAMS), emails: memory.derivedCache(MAX_PEOPLE) }
  memories.set(memory, fresh)
  return fresh
}

/** A program and its people; that there is none is remembered, too. */
export function cachedProgram(context: Context, id: string): Promise<StoredProgram | undefined> {
  const read = async () => (await findPrograms(context.postgres, [id]))[0]
  return memoryOf(context).programs.get(id, [programTopic(id), ALL_PROGRAMS], read)
}

/** The addresses of {@link verifiedEmailsOf}. */
export function cachedEmails(context: Context, username: string): Promise<readonly string[]> {
  return memoryOf(context).emails.get(username, [personTopic(username)], () => verifiedEmailsOf(context, username))
}

/**
 * Changes programs, and tells every process of it before the caller hears that it is done; even when it seems to have
 * failed: a database that goes away in the middle of a commit may have taken it.
 */
export async function changePrograms<T>(
  { invalidations: announcements }: Context,
  ids: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change()
  } finally {
    await announcements.publish(ids.length > MAX_NAMED_CHANGES ? [ALL_PROGRAMS] : ids.map(programTopic))
  }
}
