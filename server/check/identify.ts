import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../core/refusal.js'
import type { TokenRecord } from '../core/token-record.js'
import type { Context } from '../stores/context.js'
import { authenticate } from '../tokens/authenticate.js'
import { fromAuthorization } from './carriers/authorization.js'
import { fromCookie } from './carriers/cookie.js'
import type { Source } from './carriers/credential.js'

export interface Identified {
  readonly source: Source
  readonly token: TokenRecord
}

/**
 * Who is asking: by the session cookie, else by the `Authorization` header. A dead cookie does not shadow a living
 * header: browsers keep cookies that nobody asked them to keep. With nothing that could be a credential, or only a dead
 * cookie, the answer is `no_authorization`.
 */
export async function identify(context: Context, headers: IncomingHttpHeaders): Promise<Identified | Refusal> {
  const cookie = fromCookie(headers.cookie)
  const byCookie = cookie && (await authenticate(context, cookie.token))
  if (cookie && byCookie) return { source: cookie.source, token: byCookie }

  const carried = fromAuthorization(headers.authorization)
  if (carried === undefined) return new Refusal('no_authorization')
  if (carried instanceof Refusal) return carried
  const token = await authenticate(context, carried.token)
  return token ? { source: carried.source, token } : new Refusal('invalid_token')
}
