import type { Request, RequestHandler } from 'express'
import { ownPath, ownUrl, pathBelow } from '../core/site/base-path.js'
import type { Context } from '../storage/context.js'
import { sessionOfRequest } from './account.js'
import { authTime } from './session.js'

/** Since when the user must have signed in, once they were asked to. */
const AFTER = 'postern_after'
/** Values of `prompt` that ask for a new sign-in. */
const ANEW = ['login', 'select_account']

/**
 * Has a user sign in before the provider sees an authorization request, as Gafaelfawr does: those without a session, and those
 * whose sign-in is too old for it (`prompt=login`, `max_age`). The request is in the address to come back to, and nothing is
 * stored meanwhile.
 *
 * A new sign-in makes a new session. The address then says since when the sign-in must be, so that it is asked for once;
 * `auth_time` in the ID token tells the client.
 */
export function beforeAuthorization(context: Context): RequestHandler {
  const { settings, clock } = context
  return async (request, response, next) => {
    const session = await sessionOfRequest(context, request)
    const prompts = promptsOf(request)
    if (prompts.includes('none')) return next()
    const lead = (path: string, url: URL) =>
      response
        .set('Cache-Control', 'no-store')
        .redirect(303, ownPath(settings.baseUrl, `${path}?rd=${encodeURIComponent(url.href)}`))
    const url = ownUrl(settings.baseUrl, request.originalUrl)
    if (!session) return lead('/login', url)
    const after = requiredSince(url, prompts, clock())
    if (after !== undefined && authTime(session) < after) {
      url.searchParams.set(AFTER, String(after))
      return lead('/auth/reauthenticate', url)
    }
    if (url.searchParams.has(AFTER)) {
      for (const name of [AFTER, 'max_age', 'prompt']) url.searchParams.delete(name)
      const others = prompts.filter((each) => !ANEW.includes(each))
      if (others.length > 0) url.searchParams.set('prompt', others.join(' '))
      request.url = pathBelow(settings.baseUrl, `${url.pathname}${url.search}`)
    }
    next()
  }
}

function requiredSince({ searchParams }: URL, prompts: readonly string[], now: number): number | undefined {
  const after = wholeNumber(searchParams.get(AFTER))
  if (after !== undefined) return after
  if (prompts.some((each) => ANEW.includes(each))) return now
  const age = wholeNumber(searchParams.get('max_age'))
  return age === undefined ? undefined : now - age
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

function promptsOf({ query }: Request): string[] {
  return typeof query.prompt === 'string' ? query.prompt.split(' ') : []
}
