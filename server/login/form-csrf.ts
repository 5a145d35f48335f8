import { parseCookie } from 'cookie'
import type { Request, Response } from 'express'
import { HOUR } from '../core/time.js'
import { equalInConstantTime } from '../core/token/secret.js'
import type { Context } from '../storage/context.js'
import { seal, unseal } from './browser/sealed-cookie.js'

const LIFETIME = 4 * HOUR

/**
 * What a browser carries for us while its owner fills in the sign-in form: a word that the form must repeat. Without it
 * another site could sign somebody in as the attacker, who then reads what the victim does there (login CSRF). It is sealed,
 * so that nobody can make one up, and is the same in all tabs, so that each of them can finish.
 */
export async function issueFormToken(context: Context, request: Request, response: Response): Promise<string> {
  const known = await openState(context, request)
  if (known) return known
  const csrf = context.random(16).toString('base64url')
  const sealed = await seal(context, 'form', { csrf }, LIFETIME)
  const secure = context.settings.baseUrl.protocol === 'https:'
  response.cookie(context.settings.cookies.login, sealed, { path: '/', httpOnly: true, sameSite: 'lax', secure })
  return csrf
}

/** Whether the form was served to this browser. */
export async function formTokenMatches(context: Context, request: Request, presented: unknown): Promise<boolean> {
  const csrf = await openState(context, request)
  return csrf !== undefined && typeof presented === 'string' && equalInConstantTime(csrf, presented)
}

async function openState(context: Context, request: Request): Promise<string | undefined> {
  const cookies = parseCookie(request.headers.cookie ?? '')
  const state = await unseal(context, 'form', cookies[context.settings.cookies.login])
  return typeof state?.csrf === 'string' ? state.csrf : undefined
}
