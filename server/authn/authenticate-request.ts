import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../core/access/refusal.js'
import type { AuthType } from '../core/access/requirement.js'
import { takesVoLogin } from '../core/access/vo/challenges.js'
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
  /** Browsers send cookies by themselves; a dead one does not show what its owner meant. */
  readonly isCookie: boolean
  readonly read: (headers: CredentialHeaders, settings: Settings, asked: AskedCookies) => readonly CarrierResult[]
}

/** The cookies that a location accepts. */
export interface AcceptedCookies {
  readonly allowCookies: boolean
  /**
   * The cookies besides the session's that it asks for; only those that the site configures count.
   *
   * Attack: any host of the same domain sets `mast_token` for all of them, with the attacker's token in it, and the victim
   * works as the attacker. So no route and no location takes such a cookie unless it asks for it.
   */
  readonly tokenCookies: readonly string[]
  /** Of a check. The cookie of a VO login counts where the login is offered, and on no route. */
  readonly authType?: AuthType
}

const SESSION_ONLY: AcceptedCookies = { allowCookies: true, tokenCookies: [] }

/** The carriers of a token, in order. The first one that has a living token decides. */
// biome-ignore format: a table reads in columns
export const CARRIERS: readonly Carrier[] = [
  { isCookie: true,  read: (headers, { cookies }) => fromCookie(headers.cookie, cookies.session) },
  { isCookie: false, read: (headers) => [fromAuthorization(headers.authorization)] },
  { isCookie: true,  read: (headers, settings, asked) => fromTokenCookies(headers.cookie, common(settings, asked)) },
  { isCookie: true,  read: (headers, settings, asked) => fromTokenCookies(headers.cookie, ofVoLogin(settings, asked)) },
]

type AskedCookies = Omit<AcceptedCookies, 'allowCookies'>

function common({ tokenCookies }: Settings, asked: AskedCookies): readonly string[] {
  return tokenCookies.filter((name) => asked.tokenCookies.includes(name))
}

/** Comes last, so that it shadows neither a session nor a token that its client sends by itself. */
function ofVoLogin({ voLogin, cookies }: Settings, { authType }: AskedCookies): readonly string[] {
  return voLogin.cookie && authType !== undefined && takesVoLogin(authType) ? [cookies.vo] : []
}

/**
 * Authenticates a request by the first carrier that has a living token. A dead cookie does not shadow a living header:
 * browsers send cookies long after their sessions have ended. Without a credential, or with dead cookies only, it refuses
 * with `no_authorization`; a bad header is refused with its own error.
 */
export async function authenticateRequest(
  context: Context,
  headers: CredentialHeaders,
  accepted: AcceptedCookies = SESSION_ONLY,
): Promise<AuthenticatedCaller | Refusal> {
  for (const { isCookie, read } of CARRIERS) {
    if (isCookie && !accepted.allowCookies) continue
    for (const credential of read(headers, context.settings, accepted)) {
      if (credential === undefined) continue
      if (credential instanceof Refusal) return credential
      const token = await authenticate(context, credential.token)
      if (token) return { source: credential.source, token }
      if (!isCookie) return new Refusal('invalid_token')
    }
  }
  return new Refusal('no_authorization')
}
