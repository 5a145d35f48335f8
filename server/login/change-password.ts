import { Refusal } from '../core/access/refusal.js'
import { accountObject } from '../core/audit/event.js'
import type { Actor } from '../core/token/history.js'
import type { Secret } from '../core/token/secret.js'
import { checkPassword, hashPassword, passwordMatches } from '../people/password.js'
import type { Context } from '../storage/context.js'
import { findAccount, updateAccount } from '../storage/postgres/accounts.js'
import { commit } from '../storage/unit-of-work.js'
import { endSessions } from '../tokens/revoke.js'
import { asOneAct } from '../tokens/several/one-act.js'

export interface NewPassword {
  readonly password: Secret
  /** Whether it was generated and printed, so that its user must choose another. */
  readonly mustChange?: true
}

/** Sets an account's password and revokes its sessions but the one that acts: another may be an attacker's with the old password. */
export async function changePassword(
  context: Context,
  username: string,
  { password, mustChange }: NewPassword,
  by: Actor,
): Promise<{ sessionsEnded: number } | Refusal> {
  const actor = asOneAct(context, by)
  const account = await findAccount(context.postgres.prisma, username)
  if (!account) return new Refusal('account_unknown')
  const refusal = checkPassword(context, password, account)
  if (refusal) return refusal
  if (await passwordMatches(password, account.passwordHash)) {
    return new Refusal('invalid_account', 'The new password is the old one: choose another').worded('samePassword')
  }
  const passwordHash = await hashPassword(password)
  const isFound = await commit(context, async (work) => {
    const isFound = await updateAccount(work, username, { passwordHash, mustChangePassword: mustChange === true })
    if (isFound) work.record({ action: 'account.password', actor, object: accountObject(username) })
    return isFound
  })
  if (!isFound) return new Refusal('account_unknown')
  return { sessionsEnded: await endSessions(context, username, actor, actor.session) }
}
