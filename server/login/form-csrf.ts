import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { HOUR } from '../core/time.js'
import { equalInConstantTime } from '../core/token/secret.js'
import type { Context } from '../storage/context.js'
import { cookieOptions } from './browser/cookie-options.js'
import { type SealingContext, seal, unseal } from './browser/sealed-cookie.js'

const LIFETIME = 4 * HOUR

type FormContext = SealingContext & Pick<Context, 'settings'>

/**
 * Issues the CSRF token of the sign-in form, and sets it in a sealed cookie. All tabs of a browser share it, so that each can
 * submit its form.
 *
 * Attack: another site could sign the victim in as the attacker, who then reads the victim's work (login CSRF).
 */
export async function issueFormToken(
  context: FormContext & Pick<Context, 'random'>,
  request: Request,
  response: Response,
): Promise<string> {
  const issued = await readFormToken(context, request)
  if (issued) return issued
  const { settings, random } = context
  const csrf = random(16).toString('base64url')
  const sealed = await seal(context, 'form', { csrf }, LIFETIME)
  response.cookie(settings.cookies.login, sealed, cookieOptions(settings, 'login'))
  return csrf
}

/** Returns whether the form was served to this browser. */
export async function formTokenMatches(context: FormContext, request: Request, presented: unknown): Promise<boolean> {
  const csrf = await readFormToken(context, request)
  return csrf !== undefined && typeof presented === 'string' && equalInConstantTime(csrf, presented)
}

async function readFormToken(context: FormContext, request: Request): Promise<string | undefined> {
  const cookies = parseCookie(request.headers.cookie ?? '')
  const content = await unseal(context, 'form', cookies[context.settings.cookies.login])
  return typeof content?.csrf === 'string' ? content.csrf : undefined
}
