import { Refusal } from '../core/access/refusal.js'
import { accountObject } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import type { Context } from '../storage/context.js'
import { updateAccount } from '../storage/postgres/accounts.js'
import { disablePerson, enablePerson } from '../storage/postgres/people.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from '../tokens/revoke.js'
import { asOneAct } from '../tokens/several/one-act.js'

/**
 * Disables a user: sign-in is refused, the sessions end, and the tokens are refused (the check reads the owner's status). It
 * works for local accounts and for users of an identity provider. The account is disabled before its sessions are revoked: a
 * session that is being opened reads the account again afterwards.
 */
export async function disableAccount(
  context: Context,
  username: string,
  by: Actor,
): Promise<{ sessionsEnded: number } | Refusal> {
  const actor = asOneAct(context, by)
  const disabled = { disabled: context.clock() }
  const isFound = await commit(context, async (work) => {
    const isFound = (await updateAccount(work, username, disabled)) || (await disablePerson(work, username, disabled))
    if (isFound) work.record({ action: 'account.disable', actor, object: accountObject(username) })
    return isFound
  })
  if (!isFound) return new Refusal('account_unknown')
  return { sessionsEnded: await endSessions(context, username, actor) }
}

/**
 * Enables a user again, with a local account or of an identity provider. Tokens that were not revoked work again; the
 * sessions stay revoked.
 */
export async function enableAccount(context: Context, username: string, actor: Actor): Promise<Refusal | undefined> {
  const isFound = await commit(context, async (work) => {
    const isFound = (await updateAccount(work, username, { disabled: null })) || (await enablePerson(work, username))
    if (isFound) work.record({ action: 'account.enable', actor, object: accountObject(username) })
    return isFound
  })
  return isFound ? undefined : new Refusal('account_unknown')
}
