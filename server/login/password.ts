import { createHash } from 'node:crypto'
import { Refusal } from '../core/access/refusal.js'
import { isUsername } from '../core/people/identifiers.js'
import type { Person } from '../core/token/owner-limits.js'
import type { Secret } from '../core/token/secret.js'
import type { Token } from '../core/token/token.js'
import { findAtSignIn } from '../people/find-person.js'
import { passwordMatches } from '../people/password.js'
import type { Context } from '../storage/context.js'
import { type Account, findAccount } from '../storage/postgres/accounts.js'
import { revokeToken } from '../tokens/revoke.js'
import type { BrowserOrigin } from './browser/device-cookie.js'
import { refuseSession, startSession } from './start-session.js'

/**
 * Verifies the password of a local account. Refuses with `sign_in_failed`, after the same work, if the account does not exist,
 * is disabled, or has another password.
 */
export async function verifyPassword(context: Context, username: string, password: Secret): Promise<Account | Refusal> {
  const account = isUsername(username) ? await findAccount(context.postgres.prisma, username) : undefined
  const usable = account && account.disabled === undefined ? account : undefined
  return (await passwordMatches(password, usable?.passwordHash)) && usable ? usable : new Refusal('sign_in_failed')
}

/** Refuses a user who may have no session, before a further step of the sign-in is asked for. */
export async function refuseAccountSession(
  context: Context,
  { username }: Account,
  origin: BrowserOrigin,
): Promise<Refusal | undefined> {
  const refusal = await refuseSession(context, await personOf(context, username), origin)
  return refusal && hiddenIfDisabled(refusal)
}

/**
 * Opens a session for the user of an account whose sign-in is complete.
 *
 * @param proven `account`; and whether a passkey was used, which the site may require of administrators
 */
export async function openAccountSession(
  context: Context,
  { account, isPasskeyProven }: { readonly account: Account; readonly isPasskeyProven: boolean },
  origin: BrowserOrigin,
): Promise<Token | Refusal> {
  const { username } = account
  const isWeak = context.settings.passkeys.requireForAdministrators && !isPasskeyProven
  const token = await startSession(context, await personOf(context, username), origin, { isWeak })
  if (token instanceof Refusal) return hiddenIfDisabled(token)
  return (await isUnchanged(context, account)) ? token : revokeAtOnce(context, username, token)
}

/** Names the password that an account has at present, and tells nothing of it. */
export function passwordEdition({ passwordHash }: Account): string {
  return createHash('sha256').update(passwordHash).digest('base64url')
}

async function personOf(context: Context, username: string): Promise<Person> {
  return (await findAtSignIn(context, username)) ?? { username }
}

function hiddenIfDisabled(refusal: Refusal): Refusal {
  return refusal.code === 'account_disabled' ? new Refusal('sign_in_failed') : refusal
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
