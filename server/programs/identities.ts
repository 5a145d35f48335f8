import type { KnownAs } from '../core/programs/program.js'
import { verifiedEmailsOf } from '../people/verified-emails.js'
import type { Context } from '../storage/context.js'
import { isFromProvider } from '../storage/postgres/people.js'

/** Returns a user's names in programs, from the stores and not from the cache: for lists and for changes. */
export async function identitiesOf(context: Context, username: string): Promise<KnownAs> {
  const [verifiedEmails, fromProvider] = await Promise.all([
    verifiedEmailsOf(context, username),
    isFromProvider(context.postgres, username),
  ])
  return { username, verifiedEmails, isFromProvider: fromProvider }
}
