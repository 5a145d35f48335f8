import type { EpochSeconds } from '../../server/core/time.js'
import type { Person } from '../../server/core/token/owner-limits.js'
import { saveIdentity } from '../../server/people/save-identity.js'
import type { Context } from '../../server/storage/context.js'

/** Saves a user as a sign-in at a provider does; the user name is what the provider knows the user by. */
export function savePerson(
  context: Pick<Context, 'postgres' | 'invalidations' | 'audit' | 'settings'>,
  provider: string,
  person: Omit<Person, 'disabled'>,
  at: EpochSeconds,
): Promise<boolean> {
  const identity = { provider, issuer: `https://${provider}.example`, subject: person.username }
  return saveIdentity(context, identity, person, at)
}
