import { Refusal } from '../core/access/refusal.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { updateAccount } from '../storage/postgres/accounts.js'
import { disablePerson, enablePerson } from '../storage/postgres/people.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from '../tokens/revoke.js'

/**
 * Closes an account: nobody signs in with it, its sessions end, and its tokens are refused from now on (the check asks
 * how a token's owner stands). So it is for somebody whom an identity provider vouches for. The account first, the sessions
 * after it: one that is being opened at this moment looks at the account again when it is there.
 */
export async function disableAccount(
  context: Context,
  username: string,
  actor: Actor,
): Promise<{ sessionsEnded: number } | Refusal> {
  const disabled = { disabled: context.clock() }
  const known = await commit(
    context,
    async (writing) =>
      (await updateAccount(writing, username, disabled)) || (await disablePerson(writing, username, disabled)),
  )
  if (!known) return new Refusal('account_unknown')
  return { sessionsEnded: await endSessions(context, username, actor) }
}

/**
 * Opens an account again, or lets somebody in again whom an identity provider vouches for: they sign in as before, and those
 * of their tokens that were not revoked work again. The sessions that ended stay so.
 */
export async function enableAccount(context: Context, username: string): Promise<Refusal | undefined> {
  const known = await commit(
    context,
    async (writing) =>
      (await updateAccount(writing, username, { disabled: null })) || (await enablePerson(writing, username)),
  )
  return known ? undefined : new Refusal('account_unknown')
}
