import { Refusal } from '../core/access/refusal.js'
import { isUsername } from '../core/people/identifiers.js'
import type { Secret } from '../core/token/secret.js'
import type { Token } from '../core/token/token.js'
import { findAtSignIn } from '../people/find-person.js'
import { passwordMatches } from '../people/password.js'
import type { Context } from '../storage/context.js'
import { type Account, findAccount } from '../storage/postgres/accounts.js'
import type { Origin } from '../tokens/open-session.js'
import { revokeToken } from '../tokens/revoke.js'
import { startSession } from './start-session.js'

/**
 * Signs a user in with a local account. Refuses with `sign_in_failed`, after the same work, if the account does not exist, is
 * disabled, or has another password. `no_access` needs the right password.
 */
export async function signIn(
  context: Context,
  username: string,
  password: Secret,
  origin: Origin,
): Promise<Token | Refusal> {
  const account = isUsername(username) ? await findAccount(context.postgres.prisma, username) : undefined
  const usable = account && account.disabled === undefined ? account : undefined
  if (!(await passwordMatches(password, usable?.passwordHash)) || !usable) return new Refusal('sign_in_failed')
  const token = await startSession(context, (await findAtSignIn(context, username)) ?? { username }, origin)
  if (token instanceof Refusal) return token.code === 'account_disabled' ? new Refusal('sign_in_failed') : token
  return (await isUnchanged(context, usable)) ? token : revokeAtOnce(context, username, token)
}

/** Reads the account again: an operator may have disabled it, or changed its password, while the session was opened. */
async function isUnchanged(context: Context, account: Account): Promise<boolean> {
  const now = await findAccount(context.postgres.prisma, account.username)
  return now?.disabled === undefined && now?.passwordHash === account.passwordHash
}

async function revokeAtOnce(context: Context, username: string, token: Token): Promise<Refusal> {
  await revokeToken(context, username, token.key, { username })
  return new Refusal('sign_in_failed')
}
