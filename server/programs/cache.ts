import type { KnownAs } from '../core/programs/program.js'
import { ALL_PROGRAMS, personTopic, programTopic } from '../storage/cache/topic.js'
import type { Context } from '../storage/context.js'
import { findPrograms, type StoredProgram } from '../storage/postgres/programs/programs.js'
import { identitiesOf } from './identities.js'

/** A larger load invalidates all programs: reading them again takes less time than naming each. */
const MAX_NAMED_CHANGES = 1_000

/** Returns a program and its people, or undefined for an unknown one. */
export function cachedProgram(
  { programCache, postgres }: Pick<Context, 'programCache' | 'postgres'>,
  id: string,
): Promise<StoredProgram | undefined> {
  const read = async () => (await findPrograms(postgres, [id]))[0]
  return programCache.programs.get(id, [programTopic(id), ALL_PROGRAMS], read)
}

/** The names of {@link identitiesOf}. */
export function cachedNames(context: Context, username: string): Promise<KnownAs> {
  return context.programCache.names.get(username, [personTopic(username)], () => identitiesOf(context, username))
}

/**
 * Changes programs, then invalidates them in every process before it returns. It invalidates after an error, too: a commit
 * that failed for the caller may have reached the database.
 */
export async function changePrograms<T>(
  { invalidations }: Pick<Context, 'invalidations'>,
  ids: readonly string[],
  change: () => Promise<T>,
): Promise<T> {
  try {
    return await change()
  } finally {
    await invalidations.publish(ids.length > MAX_NAMED_CHANGES ? [ALL_PROGRAMS] : ids.map(programTopic))
  }
}
