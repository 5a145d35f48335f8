import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../core/access/refusal.js'
import type { TokenRecord } from '../core/token/record.js'
import type { Settings } from '../settings/schema.js'
import type { Context } from '../storage/context.js'
import { authenticate } from '../tokens/authenticate.js'
import { fromAuthorization } from './authorization-header.js'
import { fromCookie, fromTokenCookies } from './carriers/cookie.js'
import type { CarrierResult, CredentialSource } from './carriers/credential.js'

export interface AuthenticatedCaller {
  readonly source: CredentialSource
  readonly token: TokenRecord
}

type CredentialHeaders = Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>

export interface Carrier {
  /** Sent by browsers on their own; a dead one says nothing about what its owner meant. */
  readonly isCookie: boolean
  readonly read: (headers: CredentialHeaders, settings: Settings) => readonly CarrierResult[]
}

/** Where a token may be. The first carrier that has a living one decides. */
// biome-ignore format: a table reads in columns
export const CARRIERS: readonly Carrier[] = [
  { isCookie: true,  read: (headers, { cookies }) => fromCookie(headers.cookie, cookies.session) },
  { isCookie: false, read: (headers) => [fromAuthorization(headers.authorization)] },
  { isCookie: true,  read: (headers, { tokenCookies }) => fromTokenCookies(headers.cookie, tokenCookies) },
]

/**
 * Who is asking. A dead cookie does not shadow a living header: browsers keep cookies that nobody asked them to keep.
 * With nothing that could be a credential, or only dead cookies, the answer is `no_authorization`; a header that is bad
 * is told so.
 */
export async function authenticateRequest(
  context: Context,
  headers: CredentialHeaders,
  { allowCookies }: { readonly allowCookies: boolean } = { allowCookies: true },
): Promise<AuthenticatedCaller | Refusal> {
  for (const { isCookie, read } of CARRIERS) {
    if (isCookie && !allowCookies) continue
    for (const carried of read(headers, context.settings)) {
      if (carried instanceof Refusal) return carried
      const token = carried && (await authenticate(context, carried.token))
      if (carried && token) return { source: carried.source, token }
      if (carried && !isCookie) return new Refusal('invalid_token')
    }
  }
  return new Refusal('no_authorization')
}
