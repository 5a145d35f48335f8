import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import type { GuardedAct } from '../../core/access/reauthentication.js'
import { MINUTE } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import { cookieOptions } from './cookie-options.js'
import { type SealingContext, seal, unseal } from './sealed-cookie.js'

/** A form that waits for its user to sign in again. */
export interface KeptForm {
  readonly act: GuardedAct
  /** Path and query that it is sent to. */
  readonly action: string
  /** Its fields, as they were typed. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

type KeepingContext = SealingContext & Pick<Context, 'settings'>

/** Long enough for a password or a second factor. */
const LIFETIME = 15 * MINUTE

/** Browsers drop a cookie above 4096 bytes, name and attributes included (RFC 6265bis §5.6). */
const MAX_COOKIE_LENGTH = 3800

/**
 * Keeps a form in a sealed cookie of this browser while its user signs in again; false when it is too long. Only this user
 * gets it back. No store holds it, so that no number of forms fills one.
 */
export async function keepForm(
  context: KeepingContext,
  response: Response,
  username: string,
  { act, action, fields }: KeptForm,
): Promise<boolean> {
  const { settings } = context
  const sealed = await seal(context, 'form-kept', { sub: username, act, action, fields }, LIFETIME)
  if (sealed.length > MAX_COOKIE_LENGTH) return false
  const options = { ...cookieOptions(settings, 'keptForm'), maxAge: LIFETIME * 1000 }
  response.cookie(settings.cookies.keptForm, sealed, options)
  return true
}

/** Returns the form that this browser keeps for a user. */
export async function readKeptForm(
  context: KeepingContext,
  request: Request,
  username: string,
): Promise<KeptForm | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[context.settings.cookies.keptForm]
  const content = await unseal(context, 'form-kept', sealed)
  return content?.sub === username ? (content as unknown as KeptForm) : undefined
}
