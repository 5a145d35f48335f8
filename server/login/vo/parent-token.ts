import { Refusal } from '../../core/access/refusal.js'
import { isAtAddress } from '../../core/access/restriction.js'
import { nextStep } from '../../core/people/sign-in-steps.js'
import type { TokenRecord } from '../../core/token/record.js'
import type { Token } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import type { Account } from '../../storage/postgres/accounts.js'
import { hasPasskey } from '../../storage/postgres/identity/passkeys.js'
import { authenticate } from '../../tokens/authenticate.js'
import type { BrowserOrigin } from '../browser/device-cookie.js'
import { openAccountSession, refuseAccountSession } from '../password.js'

/** The token that the answer to a login is a child of, and ends with. */
export type ParentToken = TokenRecord

/** Verifies a token that a user typed in place of a password. Refuses what the check would refuse here. */
export async function parentOfToken(
  context: Context,
  token: Token,
  address: string | undefined,
): Promise<ParentToken | Refusal> {
  const record = await authenticate(context, token)
  // A client of OpenID Connect has it to learn who signed in; a child would be another kind of token.
  if (!record || record.type === 'oidc') return new Refusal('invalid_token')
  const { networks } = record.restriction ?? {}
  if (isAtAddress(networks && { networks }, address)) return record
  return new Refusal('outside_restriction', 'Token may not be used from this address')
}

/**
 * Opens a session for a local account whose password was right. Its secret goes to no client, so that nothing which the login
 * answers with is a session of a browser; its owner sees it among their sessions, and ends with it what came of the login.
 *
 * Attack: with the password alone a thief gets round the passkey. A program can ask for neither a passkey nor a new password.
 */
export async function parentOfAccount(
  context: Context,
  account: Account,
  origin: BrowserOrigin,
): Promise<ParentToken | Refusal> {
  const refusal = await refuseAccountSession(context, account, origin)
  if (refusal) return refusal
  const { username, mustChangePassword } = account
  const isPresent = await hasPasskey(context.postgres.prisma, username)
  const next = nextStep({ hasPasskey: isPresent, ...(mustChangePassword && { mustChangePassword }) }, false)
  if (next === 'passkey') return new Refusal('passkey_required', `${PASSKEY}; ${INSTEAD}`)
  if (next === 'new-password') return new Refusal('password_change_required', `${FIRST}; ${ON_PAGE}`)
  const session = await openAccountSession(context, { account, isPasskeyProven: false }, origin)
  if (session instanceof Refusal) return session
  return (await authenticate(context, session)) ?? new Refusal('sign_in_failed')
}

const PASSKEY = new Refusal('passkey_required').message
const INSTEAD = 'here, use a token of yours in place of the password'
const FIRST = new Refusal('password_change_required').message
const ON_PAGE = 'sign in with a browser first, and choose another'
