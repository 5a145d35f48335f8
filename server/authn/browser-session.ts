import type { TokenRecord } from '../core/token/record.js'
import type { Token } from '../core/token/token.js'
import type { Context } from '../storage/context.js'
import { GafaelfawrUnavailable } from '../storage/unavailable.js'
import { authenticate } from '../tokens/authenticate.js'
import { fromCookie, fromGafaelfawrCookie } from './carriers/cookie.js'
import type { Credential } from './carriers/credential.js'

/** Finds the first valid session of a request's cookies. */
export async function browserSession(
  context: Context,
  cookieHeader: string | undefined,
): Promise<TokenRecord | undefined> {
  const { cookies } = context.settings
  const own = await firstSession(context, fromCookie(cookieHeader, cookies.session))
  return own?.record ?? (await gafaelfawrSession(context, cookieHeader))?.record
}

/** Returns the token of the session that only Gafaelfawr's cookie has: the browser needs one of ours. */
export async function sessionWithoutCookie(
  context: Context,
  cookieHeader: string | undefined,
): Promise<Token | undefined> {
  const former = await gafaelfawrSession(context, cookieHeader)
  if (!former) return undefined
  const own = await firstSession(context, fromCookie(cookieHeader, context.settings.cookies.session))
  return own ? undefined : former.token
}

/**
 * Finds the session of Gafaelfawr's cookie. While its stores do not answer there is none: its user can sign in again, which
 * needs the pages.
 */
async function gafaelfawrSession(context: Context, cookieHeader: string | undefined) {
  try {
    return await firstSession(context, fromGafaelfawrCookie(cookieHeader, context.settings.gafaelfawr))
  } catch (error) {
    if (error instanceof GafaelfawrUnavailable) return undefined
    throw error
  }
}

async function firstSession(context: Context, credentials: readonly Credential[]) {
  for (const { token } of credentials) {
    const record = await authenticate(context, token)
    if (record?.type === 'session') return { token, record }
  }
  return undefined
}
