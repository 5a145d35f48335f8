import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { z } from 'zod'
import { DAY } from '../../core/time.js'
import type { Context } from '../../storage/context.js'
import type { Origin } from '../../tokens/open-session.js'
import { cookieOptions } from './cookie-options.js'
import { type SealingContext, seal, unseal } from './sealed-cookie.js'

/** How long a browser stays known after the last sign-in in it. */
const LIFETIME = 180 * DAY
/** Users that a browser is known to; those who signed in last. */
const MOST_USERS = 5

/** Each user who signed in with a browser, and the random device that failures are counted for; the last one first. */
const devices = z.array(z.tuple([z.string(), z.string()]))
type Devices = z.infer<typeof devices>

/** Where a browser is, with its device cookie. */
export interface BrowserOrigin extends Omit<Origin, 'isKnown'> {
  readonly deviceCookie?: string
}

type DeviceContext = SealingContext & Pick<Context, 'settings' | 'random'>

/**
 * Marks a browser in which a user has signed in (OWASP's device cookie). The cookie is sealed and grants nothing. It keeps
 * other clients' guesses from counting against this browser, and its sign-ins from being news to the user.
 */
export async function setDeviceCookie(
  context: DeviceContext,
  request: Request,
  response: Response,
  username: string,
): Promise<void> {
  const { settings, random } = context
  const others = (await devicesIn(context, deviceCookieOf(context, request))).filter(([user]) => user !== username)
  const known: Devices = [[username, random(16).toString('base64url')], ...others.slice(0, MOST_USERS - 1)]
  const sealed = await seal(context, 'device', { devices: known }, LIFETIME)
  response.cookie(settings.cookies.device, sealed, { ...cookieOptions(settings, 'device'), maxAge: LIFETIME * 1000 })
}

/** Returns the device cookie that a browser sends, still sealed. */
export function deviceCookieOf({ settings }: Pick<Context, 'settings'>, { headers }: Request): string | undefined {
  return parseCookie(headers.cookie ?? '')[settings.cookies.device]
}

/** Returns the device in which this user has signed in before; undefined for one in which only others have. */
export async function deviceOf(
  context: SealingContext,
  sealed: string | undefined,
  username: string,
): Promise<string | undefined> {
  return (await devicesIn(context, sealed)).find(([user]) => user === username)?.[1]
}

async function devicesIn(context: SealingContext, sealed: string | undefined): Promise<Devices> {
  const content = await unseal(context, 'device', sealed)
  return devices.safeParse(content?.devices).data ?? []
}
