import { normalEmail } from '../core/people/email.js'
import type { Context } from '../storage/context.js'
import { findVerifiedAddresses } from '../storage/postgres/people.js'
import { findPerson } from './find-person.js'

/**
 * Lists a user's verified e-mail addresses, in the form of {@link normalEmail}.
 *
 * Attack: a user types another user's address into their profile at an identity provider. Addresses that the provider
 * does not mark as verified do not count.
 */
export async function verifiedEmailsOf(context: Context, username: string): Promise<readonly string[]> {
  const person = await findPerson(context, username)
  if (!person?.emailVerified || person.disabled) return []
  const email = normalEmail(person.email ?? '')
  return email === undefined ? [] : [email]
}

/** Returns those addresses that are verified for a user here. LDAP's users count from their first sign-in. */
export function verifiedEmails({ postgres }: Context, emails: readonly string[]): Promise<ReadonlySet<string>> {
  return findVerifiedAddresses(postgres, emails)
}
