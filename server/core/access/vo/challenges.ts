import { quoted } from '../challenge.js'
import type { AuthType } from '../requirement.js'

/** The login of IVOA's AuthVO, as a site offers it in its challenges. */
export interface VoLoginOffer {
  /** Whether clients may log in for a cookie (`ivoa_cookie`), and for a token in a header (`ivoa_bearer`). */
  readonly cookie: boolean
  readonly bearer: boolean
  /** The address of the login. */
  readonly accessUrl: string
  /** The OpenID Connect discovery document that `ivoa_bearer` names. */
  readonly discoveryUrl?: string | undefined
}

interface Location {
  readonly authType: AuthType
  readonly allowCookies: boolean
}

export const VO_LOGIN_PATH = '/auth/vo/login'

/** The form with `username` and `password`. A client that would send Basic to the login can send it to the service as well. */
const STANDARD_ID = 'ivo://ivoa.net/sso#tls-with-password'

/**
 * Returns whether a location is one at which users' programs log in: where Basic is offered beside Bearer. A location of one
 * scheme alone was configured for clients of that one, such as a notebook's, and its challenge stays as it was.
 */
export function takesVoLogin(authType: AuthType): boolean {
  return authType === 'both'
}

/**
 * Returns the challenges that come after Bearer and Basic, so that clients which stop at the first scheme they know, or at the
 * first that they do not, see the same as before. TOPCAT and STILTS prefer `ivoa_cookie` to Basic wherever it stands; `ivoa_bearer`
 * they take only when their user says so.
 */
export function voChallenges(offer: VoLoginOffer, { authType, allowCookies }: Location): readonly string[] {
  if (!takesVoLogin(authType)) return []
  const login = `standard_id=${quoted(STANDARD_ID)}, access_url=${quoted(offer.accessUrl)}`
  const discovery = offer.discoveryUrl === undefined ? '' : `, discovery_url=${quoted(offer.discoveryUrl)}`
  return [
    ...(offer.cookie && allowCookies ? [`ivoa_cookie ${login}`] : []),
    ...(offer.bearer ? [`ivoa_bearer ${login}${discovery}`] : []),
  ]
}
