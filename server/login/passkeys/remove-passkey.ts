import { Refusal } from '../../core/access/refusal.js'
import { accountObject } from '../../core/audit/event.js'
import type { Actor } from '../../core/token/history.js'
import type { Context } from '../../storage/context.js'
import { deletePasskeys } from '../../storage/postgres/identity/passkeys.js'
import { commit } from '../../storage/unit-of-work.js'

/** Removes one passkey of a user, or all of them without an `id`. Refuses with `not_found` where there is none. */
export function removePasskeys(
  context: Context,
  { username, id }: { readonly username: string; readonly id?: string },
  actor: Actor,
): Promise<readonly string[] | Refusal> {
  return commit(context, async (work) => {
    const removed = await deletePasskeys(work, username, id)
    for (const each of removed) {
      const before = { passkey: each.id, name: each.name }
      work.record({ action: 'passkey.delete', actor, object: accountObject(username), before })
    }
    return removed.length > 0 ? removed.map(({ name }) => name) : new Refusal('not_found')
  })
}
