import { MINUTE } from '../../core/time.js'
import { equalInConstantTime } from '../../core/token/secret.js'
import type { Context } from '../../storage/context.js'
import { type Account, findAccount } from '../../storage/postgres/accounts.js'
import { passwordEdition } from '../password.js'
import { seal, unseal } from './sealed-cookie.js'

/** Long enough to think of a password. */
const LIFETIME = 10 * MINUTE

/** A sign-in whose password or passkey was right, and which may ask for more before there is a session. */
export interface SignInStep {
  readonly account: Account
  /** Whether a passkey was used. */
  readonly isPasskeyProven: boolean
  /** The return URL as it was received; it is validated again. */
  readonly rd: string
}

/**
 * Seals a step for a field of the next form.
 *
 * Attack: a copy of the page in another browser would sign in there. The step is bound to the form's CSRF token, which is in
 * a cookie of this browser; and to the present password, so that it ends when that is replaced.
 */
export function sealStep(
  context: Context,
  { account, isPasskeyProven: passkey, rd }: SignInStep,
  csrf: string,
): Promise<string> {
  const content = { sub: account.username, edition: passwordEdition(account), passkey, rd: rd.slice(0, 4096), csrf }
  return seal(context, 'step', content, LIFETIME)
}

/** Returns the step of a form; undefined if it is of another browser, expired, or its account has changed. */
export async function openStep(context: Context, sealed: string, csrf: string): Promise<SignInStep | undefined> {
  const content = await unseal(context, 'step', sealed)
  if (typeof content?.csrf !== 'string' || !equalInConstantTime(content.csrf, csrf)) return undefined
  const account = content.sub === undefined ? undefined : await findAccount(context.postgres.prisma, content.sub)
  const isSame = account && account.disabled === undefined && passwordEdition(account) === content.edition
  if (!isSame) return undefined
  const rd = typeof content.rd === 'string' ? content.rd : ''
  return { account, isPasskeyProven: content.passkey === true, rd }
}
