import type { Request, Response } from 'express'
import { requestIdOf } from '../../authn/request-id.js'
import type { Token } from '../../core/token/token.js'
import { storedClient } from '../../core/token/use-place.js'
import { type BrowserOrigin, deviceCookieOf, setDeviceCookie } from '../../login/browser/device-cookie.js'
import { clearLogoutHint, type LogoutHint, saveLogoutHint } from '../../login/browser/logout-hint.js'
import { setSessionCookie } from '../../login/browser/session-cookie.js'
import type { Context } from '../../storage/context.js'
import { findPreferences } from '../../storage/postgres/identity/preferences.js'
import { revokeToken } from '../../tokens/revoke.js'
import { setReaderCookie } from '../account/preferences.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'

interface CompletedSignIn {
  readonly request: Request
  readonly response: Response
  readonly username: string
  readonly token: Token
  /** The logout hint, for users of a provider. */
  readonly hint?: LogoutHint
  /** Where the browser goes next. */
  readonly target: URL
}

/** Gives a browser the session that was opened for its owner, and sends it on: the end of every way to sign in. */
export async function completeSignIn(
  pages: PageServices,
  { request, response, username, token, hint, target }: CompletedSignIn,
): Promise<void> {
  const { context } = pages
  await endPrevious(pages, request)
  context.log.info({ user: username, token: token.key, remoteIp: request.ip, provider: hint?.provider }, 'Signed in')
  if (hint) await saveLogoutHint(context, response, hint)
  else clearLogoutHint(response, context.settings)
  await setDeviceCookie(context, request, response, username)
  setSessionCookie(response, context.settings, token)
  const chosen = await findPreferences(context.postgres.prisma, username)
  if (chosen) setReaderCookie(response, context.settings, chosen)
  response.set('Cache-Control', 'no-store').redirect(303, target.href)
}

/** The session that this browser had is replaced: nothing would ever send its token again, and it would live on. */
async function endPrevious(pages: PageServices, request: Request): Promise<void> {
  const previous = await signedInUser(pages, request)
  if (previous) await revokeToken(pages.context, previous.session.username, previous.session.key, previous.actor)
}

/** Where the browser is, as its owner will see it in their sessions. */
export function originOf(context: Context, request: Request): BrowserOrigin {
  const deviceCookie = deviceCookieOf(context, request)
  const client = storedClient(request.headers['user-agent'])
  const requestId = requestIdOf(request)
  return {
    ...(request.ip && { address: request.ip }),
    ...(client && { client }),
    ...(deviceCookie !== undefined && { deviceCookie }),
    ...(requestId !== undefined && { requestId }),
  }
}
