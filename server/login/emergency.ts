import { accountObject, signInDetails } from '../core/audit/event.js'
import type { Context } from '../storage/context.js'
import { findAccount } from '../storage/postgres/accounts.js'
import { commit } from '../storage/unit-of-work.js'
import type { Origin } from '../tokens/open-session.js'

/** Whether a user signs in with an emergency account. A provider vouches for no local account, under any name. */
export async function isEmergencySignIn(
  { postgres }: Context,
  username: string,
  { provider }: Origin,
): Promise<boolean> {
  if (provider !== undefined) return false
  return (await findAccount(postgres.prisma, username))?.emergency === true
}

/** Records the use of an emergency account before its session is opened: the event raises the alarm. */
export function recordEmergencySignIn(
  context: Context,
  username: string,
  { address, requestId }: Origin,
): Promise<void> {
  const actor = {
    username,
    via: 'sign-in' as const,
    ...(address !== undefined && { address }),
    ...(requestId !== undefined && { requestId }),
  }
  return commit(context, async (work) => {
    work.record({
      action: 'account.emergency',
      actor,
      object: accountObject(username),
      details: signInDetails(undefined),
    })
  })
}
