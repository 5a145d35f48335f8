import { parseCookie } from 'cookie'
import type { CookieOptions, Request, Response } from 'express'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { seal, unseal } from './sealed-cookie.js'

/** What signing out at a provider needs. */
export interface Kept {
  /** The provider's `id`. */
  readonly provider: string
  /** Its identity's `keep`; empty when it had none, or one too long for a cookie. */
  readonly keep: string
}

/** Browsers keep no cookie above 4096 bytes, its name and attributes with it (RFC 6265bis, section 5.6). */
const LONGEST = 3800

/**
 * Keeps it sealed in the browser, beside the session and as long: in a store it would be a credential that somebody could
 * read. Only the page that signs out is sent it.
 */
export async function keepForSignOut(context: Context, response: Response, kept: Kept): Promise<void> {
  const { settings } = context
  const whole = await seal(context, 'kept', { ...kept }, settings.tokenLifetime)
  const sealed =
    whole.length <= LONGEST ? whole : await seal(context, 'kept', { ...kept, keep: '' }, settings.tokenLifetime)
  response.cookie(settings.cookies.kept, sealed, optionsOf(settings))
}

export async function keptOf(context: Context, request: Request): Promise<Kept | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[context.settings.cookies.kept]
  return (await unseal(context, 'kept', sealed)) as (Kept & object) | undefined
}

export function forgetKept(response: Response, settings: Settings): void {
  response.clearCookie(settings.cookies.kept, optionsOf(settings))
}

function optionsOf({ baseUrl }: Settings): CookieOptions {
  return { path: '/logout', httpOnly: true, sameSite: 'lax', secure: baseUrl.protocol === 'https:' }
}
