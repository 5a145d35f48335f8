import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../core/access/refusal.js'
import type { AuthType } from '../core/access/requirement.js'
import { takesVoLogin } from '../core/access/vo/challenges.js'
import { isForeign } from '../core/token/foreign/foreign-token.js'
import type { TokenRecord } from '../core/token/record.js'
import type { Context } from '../storage/context.js'
import { GafaelfawrUnavailable } from '../storage/unavailable.js'
import { authenticate } from '../tokens/authenticate.js'
import { fromAuthorization } from './authorization-header.js'
import { fromCookie, fromGafaelfawrCookie, fromTokenCookies } from './carriers/cookie.js'
import type { CarrierResult, Credential, CredentialSource } from './carriers/credential.js'

export interface AuthenticatedCaller {
  readonly source: CredentialSource
  readonly token: TokenRecord
}

type CredentialHeaders = Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>

export interface Carrier {
  /** Browsers send cookies by themselves; a dead one does not show what its owner meant. */
  readonly isCookie: boolean
  readonly read: (headers: CredentialHeaders, site: CarrierSite, asked: AskedCookies) => readonly CarrierResult[]
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
  { isCookie: true,  read: (headers, { settings }) => fromCookie(headers.cookie, settings.cookies.session) },
  { isCookie: true,  read: (headers, { settings }) => fromGafaelfawrCookie(headers.cookie, settings.gafaelfawr) },
  { isCookie: false, read: (headers, { foreignTokens }) => [fromAuthorization(headers.authorization, foreignTokens.read)] },
  { isCookie: true,  read: (headers, site, asked) => fromTokenCookies(headers.cookie, common(site, asked), site.foreignTokens.read) },
  { isCookie: true,  read: (headers, site, asked) => fromTokenCookies(headers.cookie, ofVoLogin(site, asked)) },
]

type AskedCookies = Omit<AcceptedCookies, 'allowCookies'>

/** The settings of carriers, and the reader of tokens of other systems. */
type CarrierSite = Pick<Context, 'settings' | 'foreignTokens'>

function common({ settings: { tokenCookies } }: CarrierSite, asked: AskedCookies): readonly string[] {
  return tokenCookies.filter((name) => asked.tokenCookies.includes(name))
}

/** Comes last, so that it shadows neither a session nor a token that its client sends by itself. */
function ofVoLogin({ settings: { voLogin, cookies } }: CarrierSite, { authType }: AskedCookies): readonly string[] {
  return voLogin.cookie && authType !== undefined && takesVoLogin(authType) ? [cookies.vo] : []
}

/**
 * Authenticates a request by the first carrier that has a living token. A dead cookie does not shadow a living header:
 * browsers send cookies long after their sessions have ended. Without a credential, or with dead cookies only, it refuses
 * with `no_authorization`; a bad header is refused with its own error.
 *
 * @throws when a store does not answer that has to be asked. A session of Gafaelfawr's that cannot be judged gives way to the
 *   other credentials, and no refusal is answered before it is
 */
export async function authenticateRequest(
  context: Context,
  headers: CredentialHeaders,
  accepted: AcceptedCookies = SESSION_ONLY,
): Promise<AuthenticatedCaller | Refusal> {
  const undecided: GafaelfawrUnavailable[] = []
  const caller = await firstLiving(context, headers, accepted, undecided)
  if (caller instanceof Refusal && undecided[0]) throw undecided[0]
  return caller
}

/** @param undecided takes the reasons why the session of a cookie is neither alive nor dead */
async function firstLiving(
  context: Context,
  headers: CredentialHeaders,
  accepted: AcceptedCookies,
  undecided: GafaelfawrUnavailable[],
): Promise<AuthenticatedCaller | Refusal> {
  for (const { isCookie, read } of CARRIERS) {
    if (isCookie && !accepted.allowCookies) continue
    for (const credential of read(headers, context, accepted)) {
      if (credential === undefined) continue
      if (credential instanceof Refusal) return credential
      const token = await authenticateCredential(context, credential).catch((error: unknown) => {
        if (!isCookie || !(error instanceof GafaelfawrUnavailable)) throw error
        undecided.push(error)
        return undefined
      })
      if (token) return { source: credential.source, token }
      if (!isCookie && !mayBePassword(credential)) return new Refusal('invalid_token')
    }
  }
  return new Refusal('no_authorization')
}

async function authenticateCredential(context: Context, { token }: Credential): Promise<TokenRecord | undefined> {
  const complete = isForeign(token) ? await context.foreignTokens.complete(token) : token
  return complete && authenticate(context, complete)
}

/** Whether a credential that is not valid may be none: a password of the service itself can have the form of a foreign token. */
function mayBePassword({ source, token }: Credential): boolean {
  return isForeign(token) && (source === 'basic-username' || source === 'basic-password')
}
