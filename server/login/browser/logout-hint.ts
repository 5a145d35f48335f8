import { parseCookie } from 'cookie'
import type { CookieOptions, Request, Response } from 'express'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { seal, unseal } from './sealed-cookie.js'

/** What signing out at a provider needs. */
export interface LogoutHint {
  /** The provider's `id`. */
  readonly provider: string
  /** Its identity's `keep`; empty when it had none, or one too long for a cookie. */
  readonly token: string
}

/** Browsers keep no cookie above 4096 bytes, its name and attributes with it (RFC 6265bis, section 5.6). */
const MAX_COOKIE_LENGTH = 3800

/**
 * Keeps it sealed in the browser, beside the session and as long: in a store it would be a credential that somebody could
 * read. Only the page that signs out is sent it.
 */
export async function saveLogoutHint(context: Context, response: Response, kept: LogoutHint): Promise<void> {
  const { settings } = context
  const whole = await seal(context, 'kept', { ...kept }, settings.tokenLifetime)
  const sealed =
    whole.length <= MAX_COOKIE_LENGTH
      ? whole
      : await seal(context, 'kept', { ...kept, keep: '' }, settings.tokenLifetime)
  response.cookie(settings.cookies.kept, sealed, optionsOf(settings))
}

export async function readLogoutHint(context: Context, request: Request): Promise<LogoutHint | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[context.settings.cookies.kept]
  return (await unseal(context, 'kept', sealed)) as (LogoutHint & object) | undefined
}

export function clearLogoutHint(response: Response, settings: Settings): void {
  response.clearCookie(settings.cookies.kept, optionsOf(settings))
}

function optionsOf({ baseUrl }: Settings): CookieOptions {
  return { path: '/logout', httpOnly: true, sameSite: 'lax', secure: baseUrl.protocol === 'https:' }
}
