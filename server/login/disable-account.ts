import type { Actor } from '../core/change.js'
import { Refusal } from '../core/refusal.js'
import { updateAccount } from '../stores/accounts.js'
import { commit } from '../stores/commit.js'
import type { Context } from '../stores/context.js'
import { disablePerson } from '../stores/known-people.js'
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
