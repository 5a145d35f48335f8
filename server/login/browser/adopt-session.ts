import type { Request, RequestHandler } from 'express'
import { sessionWithoutCookie } from '../../authn/browser-session.js'
import type { Token } from '../../core/token/token.js'
import type { Context } from '../../storage/context.js'
import { isUnavailable } from '../../storage/unavailable.js'
import { keepSession } from './session-cookie.js'

/**
 * Gives a browser that has only Gafaelfawr's cookie one of ours for the same session. Gafaelfawr's stays until its user signs in
 * or out, so that the site can go back to Gafaelfawr.
 */
export function adoptSession(context: Context): RequestHandler {
  const { settings } = context
  return async (request, response, next) => {
    const token = request.method === 'GET' ? await sessionToKeep(context, request) : undefined
    if (token) keepSession(response, settings, token)
    next()
  }
}

/** An outage is for the page itself to answer, as far as it needs the stores. */
async function sessionToKeep(context: Context, { headers }: Request): Promise<Token | undefined> {
  try {
    return await sessionWithoutCookie(context, headers.cookie)
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}
