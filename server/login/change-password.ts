import { Refusal } from '../core/access/refusal.js'
import type { Actor } from '../core/token/history.js'
import type { Secret } from '../core/token/secret.js'
import { checkPassword, hashPassword } from '../people/password.js'
import type { Context } from '../storage/context.js'
import { updateAccount } from '../storage/postgres/accounts.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from '../tokens/revoke.js'

/** Sets an account's password and ends its sessions: whoever knew the old password may be in one of them. */
export async function changePassword(
  context: Context,
  username: string,
  password: Secret,
  actor: Actor,
): Promise<{ sessionsEnded: number } | Refusal> {
  const wrong = checkPassword(password)
  if (wrong) return wrong
  const passwordHash = await hashPassword(password)
  const known = await commit(context, (writing) => updateAccount(writing, username, { passwordHash }))
  if (!known) return new Refusal('account_unknown')
  return { sessionsEnded: await endSessions(context, username, actor) }
}
