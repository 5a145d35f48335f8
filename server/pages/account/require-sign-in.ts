import type { Request, RequestHandler, Response } from 'express'
import { noteForAudit } from '../../authn/audit-refusals.js'
import { Refusal } from '../../core/access/refusal.js'
import { ownUrl } from '../../core/site/base-path.js'
import { csrfMatches } from '../../login/browser/csrf.js'
import { showRefusal } from '../shared/error-page.js'
import { type PageServices, type SignedInUser, signedInUser } from './signed-in-user.js'

/** A request of a user who is signed in. */
export interface SignedInRequest {
  readonly request: Request
  readonly response: Response
  readonly user: SignedInUser
}

type SignedInHandler = (signedIn: SignedInRequest) => Promise<void>

/** Serves a page to signed-in users; redirects others to the sign-in page, and back here afterwards. */
export function requireSignIn(pages: PageServices, handler: SignedInHandler): RequestHandler {
  return async (request: Request, response: Response) => {
    const user = await signedInUser(pages, request)
    if (user) {
      noteForAudit(response, { actor: user.actor })
      return handler({ request, response, user })
    }
    const back = request.method === 'GET' ? request.originalUrl : '/auth/tokens'
    const target = ownUrl(pages.context.settings.baseUrl, back).href
    response.set('Cache-Control', 'no-store').redirect(303, pages.at(`/login?rd=${encodeURIComponent(target)}`))
  }
}

/** A form that changes something: as {@link requireSignIn}, and only from a page that was served to this very session. */
export function requireForm(pages: PageServices, handler: SignedInHandler): RequestHandler {
  return requireSignIn(pages, async (signedIn) => {
    const { request, response, user } = signedIn
    if (csrfMatches(pages.context.keys, user.session.key, formOf(request).csrf)) return handler(signedIn)
    return showRefusal(pages, response, new Refusal('invalid_csrf'), { user })
  })
}

/** The fields of a form; nothing at all when the body is not one. */
export function formOf(request: Request): Readonly<Record<string, unknown>> {
  return (request.body as Record<string, unknown> | undefined) ?? {}
}

/** A field as one text, however often it was sent. */
export function fieldOf(request: Request, name: string): string {
  const value = formOf(request)[name]
  return typeof value === 'string' ? value : ''
}
