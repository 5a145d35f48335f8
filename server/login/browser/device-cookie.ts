import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { DAY } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import { cookieOptions } from './cookie-options.js'
import { type SealingContext, seal, unseal } from './sealed-cookie.js'

/** How long a browser stays known after the last sign-in in it. */
const LIFETIME = 180 * DAY

/**
 * Marks a browser in which a user has signed in with a password (OWASP's device cookie). The cookie is sealed, names the
 * user, and grants nothing: it only keeps other clients' guesses from counting against this browser.
 *
 * @param device random; failures are counted for it
 */
export async function setDeviceCookie(
  context: SealingContext & Pick<Context, 'settings'>,
  response: Response,
  username: string,
  device: string,
): Promise<void> {
  const { settings } = context
  const sealed = await seal(context, 'device', { sub: username, jti: device }, LIFETIME)
  response.cookie(settings.cookies.device, sealed, { ...cookieOptions(settings, 'device'), maxAge: LIFETIME * 1000 })
}

/** Returns the device in which this user has signed in before; undefined for another user's. */
export async function readDeviceCookie(
  context: SealingContext & Pick<Context, 'settings'>,
  request: Request,
  username: string,
): Promise<string | undefined> {
  const sealed = parseCookie(request.headers.cookie ?? '')[context.settings.cookies.device]
  const { sub, jti } = (await unseal(context, 'device', sealed)) ?? {}
  return sub === username ? jti : undefined
}
