import { normalEmail } from '../core/people/email.js'
import type { Context } from '../storage/context.js'
import { findVerifiedAddresses } from '../storage/postgres/people.js'
import { findPerson } from './find-person.js'

/**
 * The e-mail addresses that are somebody's beyond doubt, in the form of {@link normalEmail}. One that an identity provider
 * only passes on is not among them: whoever may type any address into a profile there would be whoever they like here.
 */
export async function verifiedEmailsOf(context: Context, username: string): Promise<readonly string[]> {
  const person = await findPerson(context, username)
  if (!person?.emailVerified || person.disabled) return []
  const email = normalEmail(person.email ?? '')
  return email === undefined ? [] : [email]
}

/** Which of these addresses somebody here has beyond doubt. A directory's people count from when they first sign in. */
export function verifiedEmails({ postgres }: Context, emails: readonly string[]): Promise<ReadonlySet<string>> {
  return findVerifiedAddresses(postgres, emails)
}
