import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { redactUrl } from '../../core/redact.js'
import { clearLogoutHint } from '../../login/browser/logout-hint.js'
import { clearSessionCookie } from '../../login/browser/session-cookie.js'
import { setSignedOutMarker } from '../../login/browser/signed-out-marker.js'
import { isForPrograms } from '../../openid/endpoints.js'
import type { OpenIdPage } from '../../openid/page.js'
import { type PageServices, signedInUser } from '../account/signed-in-user.js'
import { showRefusal } from '../shared/error-page.js'
import { layoutOf } from '../shared/layout.js'
import { allowFormsTo } from './pending-client.js'

/** Shows what the provider leaves to the pages of the site; programs get Gafaelfawr's JSON. */
export function openIdPages(pages: PageServices) {
  const { context, render, at } = pages

  async function refuse(
    request: Request,
    response: Response,
    { refusal, loc, error }: Extract<OpenIdPage, { is: 'refusal' }>,
  ): Promise<void> {
    const reference = error === undefined ? undefined : randomBytes(6).toString('hex')
    if (reference !== undefined)
      context.log.warn({ err: error, reference, path: redactUrl(request.path) }, refusal.message)
    noteForAudit(response, { code: refusal.code })
    if (!isForPrograms(request.path) && request.accepts(['json', 'html']) === 'html') {
      return showRefusal(pages, response, refusal, reference === undefined ? {} : { reference })
    }
    const { message: msg, type, status } = refusal
    response.status(status).set('Cache-Control', 'no-store')
    response.json({ detail: [{ ...(loc && { loc }), msg, type }] })
  }

  async function askToSignOut(
    request: Request,
    response: Response,
    { stay, xsrf, client, onward }: Extract<OpenIdPage, { is: 'sign-out' }>,
  ): Promise<void> {
    if (onward) allowFormsTo(response, new URL(onward.address))
    const layout = layoutOf(context, await signedInUser(pages, request))
    await render(response.status(200), 'openid/sign-out', {
      layout,
      stay,
      xsrf,
      ...(client && { client }),
      ...(onward && { onward }),
    })
  }

  /** A user who is signed in here stays so: any site could have made the link. */
  async function signedOut(
    request: Request,
    response: Response,
    { onward }: Extract<OpenIdPage, { is: 'signed-out' }>,
  ): Promise<void> {
    const { settings } = context
    response.set('Cache-Control', 'no-store')
    if (await signedInUser(pages, request)) return response.redirect(303, onward ?? at('/auth/account'))
    clearSessionCookie(response, settings)
    clearLogoutHint(response, settings)
    setSignedOutMarker(response, settings)
    response.redirect(303, onward ?? settings.afterLogoutUrl?.href ?? at('/login'))
  }

  return async (request: Request, response: Response, page: OpenIdPage): Promise<void> => {
    if (page.is === 'refusal') return refuse(request, response, page)
    if (page.is === 'sign-out') return askToSignOut(request, response, page)
    return signedOut(request, response, page)
  }
}
