import type { NoticeFacts } from '../core/notices/notice.js'
import type { Actor } from '../core/token/history.js'
import { findPerson } from '../people/find-person.js'
import type { Context } from '../storage/context.js'
import { findUsersByAddress } from '../storage/postgres/people.js'
import type { StoredProgram } from '../storage/postgres/programs/programs.js'
import type { UnitOfWork } from '../storage/unit-of-work.js'

/** Returns what a notice of access says of a program, and who acts: by name, for colleagues know no user names. */
export async function accessFacts(
  context: Context,
  { id, title }: Pick<StoredProgram, 'id' | 'title'>,
  { username }: Actor,
): Promise<NoticeFacts> {
  const actor = (await findPerson(context, username))?.name ?? username
  return { program: id, actor, ...(title !== '' && { title }) }
}

interface ChangedAccess {
  readonly kind: 'accessGiven' | 'accessTaken'
  readonly email: string
  readonly facts: NoticeFacts
  readonly at: number
}

/**
 * Tells those concerned that they were given access, or that it was taken: the users of the address, or by mail alone its
 * owner, who has no account yet. In the transaction of the change.
 */
export async function tellAccess({ db, notify }: UnitOfWork, { kind, email, facts, at }: ChangedAccess): Promise<void> {
  const users = await findUsersByAddress(db, email)
  for (const username of users.length > 0 ? users : [email]) notify({ username, kind, at, facts })
}
