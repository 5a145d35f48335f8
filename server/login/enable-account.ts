import { Refusal } from '../core/refusal.js'
import { updateAccount } from '../stores/accounts.js'
import { commit } from '../stores/commit.js'
import type { Context } from '../stores/context.js'
import { enablePerson } from '../stores/known-people.js'

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
