import type { Request, RequestHandler, Response } from 'express'
import { Refusal } from '../../core/access/refusal.js'
import { csrfMatches } from '../../login/browser/csrf.js'
import { showRefusal } from '../shared/error-page.js'
import { type PageServices, type SignedInUser, signedInUser } from './signed-in-user.js'

type SignedInHandler = (request: Request, response: Response, person: SignedInUser) => Promise<void>

/** A page for whoever is signed in; anybody else is sent to sign in, and comes back here afterwards. */
export function requireSignIn(pages: PageServices, handler: SignedInHandler): RequestHandler {
  return async (request: Request, response: Response) => {
    const person = await signedInUser(pages, request)
    if (person) return handler(request, response, person)
    // The path alone: a request may name any host in its first line.
    const back =
      request.method === 'GET' ? request.originalUrl.replace(/^[a-z]+:\/\/[^/?#]*/i, '') || '/' : '/auth/tokens'
    const target = new URL(back, pages.context.settings.baseUrl).href
    response.set('Cache-Control', 'no-store').redirect(303, `/login?rd=${encodeURIComponent(target)}`)
  }
}

/** A form that changes something: as {@link requireSignIn}, and only from a page that was served to this very session. */
export function requireForm(pages: PageServices, handler: SignedInHandler): RequestHandler {
  return requireSignIn(pages, async (request, response, person) => {
    if (csrfMatches(pages.context.keys, person.session.key, formOf(request).csrf))
      return handler(request, response, person)
    return showRefusal(pages, response, new Refusal('invalid_csrf'), { person })
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
