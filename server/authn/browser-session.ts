import type { TokenRecord } from '../core/token/record.js'
import type { Context } from '../storage/context.js'
import { authenticate } from '../tokens/authenticate.js'
import { fromCookie } from './carriers/cookie.js'

/** Finds the first valid session of a request's cookies. */
export async function browserSession(
  context: Context,
  cookieHeader: string | undefined,
): Promise<TokenRecord | undefined> {
  for (const { token } of fromCookie(cookieHeader, context.settings.cookies.session)) {
    const record = await authenticate(context, token)
    if (record?.type === 'session') return record
  }
  return undefined
}
