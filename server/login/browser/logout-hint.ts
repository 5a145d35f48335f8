import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import type { Settings } from '../../settings/schema.js'
import type { Context } from '../../storage/context.js'
import { cookieOptions } from './cookie-options.js'
import { type SealingContext, seal, unseal } from './sealed-cookie.js'

/** The credential that signing out at a provider needs. */
export interface LogoutHint {
  /** The provider's `id`. */
  readonly provider: string
  /** The identity's `logoutToken`; empty if it had none, or one too long for a cookie. */
  readonly token: string
}

/** Browsers drop a cookie above 4096 bytes, name and attributes included (RFC 6265bis §5.6). */
const MAX_COOKIE_LENGTH = 3800

/**
 * Saves the hint in a sealed cookie that lives as long as the session. A store would hold a usable credential instead. Only
 * `/logout` is sent the cookie.
 */
export async function saveLogoutHint(
  context: SealingContext & Pick<Context, 'settings'>,
  response: Response,
  hint: LogoutHint,
): Promise<void> {
  const { settings } = context
  const whole = await seal(context, 'kept', { ...hint }, settings.tokenLifetime)
  const sealed =
    whole.length <= MAX_COOKIE_LENGTH
      ? whole
      : await seal(context, 'kept', { ...hint, token: '' }, settings.tokenLifetime)
  response.cookie(settings.cookies.logoutHint, sealed, cookieOptions(settings, 'logoutHint'))
}

export async function readLogoutHint(
  context: SealingContext & Pick<Context, 'settings'>,
  request: Request,
): Promise<LogoutHint | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[context.settings.cookies.logoutHint]
  const { provider, token } = (await unseal(context, 'kept', sealed)) ?? {}
  return typeof provider === 'string' && typeof token === 'string' ? { provider, token } : undefined
}

export function clearLogoutHint(response: Response, settings: Settings): void {
  response.clearCookie(settings.cookies.logoutHint, cookieOptions(settings, 'logoutHint'))
}
