import { jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { ALGORITHMS, TOLERANCE } from '../../../authn/issuers/metadata.js'
import type { RefusalCode } from '../../../core/access/refusal.js'
import type { EpochSeconds } from '../../../core/time.js'
import { SignInFailure } from '../../failure.js'
import type { Claims } from './claims.js'
import type { DiscoveredProvider } from './discovery.js'

/** Thrown for an answer of the provider that cannot be used. */
export class AnswerError extends Error {
  readonly failure: SignInFailure

  constructor(code: RefusalCode, cause: string) {
    super(cause)
    this.failure = new SignInFailure(code, cause)
  }
}

interface Asked {
  readonly url: URL
  readonly accessToken: string
  /** The user of the ID token. */
  readonly subject: string
  /** Whether the answer may lack the user, as that of a claim's source may. */
  readonly isSubjectOptional?: true
  readonly now: EpochSeconds
}

/**
 * Fetches claims that the provider has for an access token: as JSON, or as a JWT that the provider signed.
 *
 * Attack: an answer about another user (OpenID Connect Core 1.0 §5.3.4); it must have the subject of the ID token.
 *
 * @throws AnswerError, and the errors of the library
 */
export async function fetchClaims(discovered: DiscoveredProvider, asked: Asked): Promise<Claims> {
  const { url, accessToken, subject, isSubjectOptional = false, now } = asked
  const headers = new Headers({ accept: 'application/json, application/jwt' })
  const response = await openid.fetchProtectedResource(
    discovered.configuration,
    accessToken,
    url,
    'GET',
    undefined,
    headers,
  )
  if (response.status !== 200)
    throw new AnswerError('provider_unreachable', `${url.pathname} answers with status ${response.status}`)
  const isJwt = /^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')
  const text = await response.text()
  const claims = isJwt ? await verifySigned(discovered, text, now) : parse(text, url)
  const isAbsent = isSubjectOptional && claims.sub === undefined
  if (claims.sub !== subject && !isAbsent)
    throw new AnswerError('provider_mistrusted', `${url.pathname} describes another user (sub)`)
  return claims
}

function parse(text: string, { pathname }: URL): Claims {
  try {
    const claims: unknown = JSON.parse(text)
    if (typeof claims === 'object' && claims !== null) return claims as Claims
  } catch {
    // Answered like any other text that is no object.
  }
  throw new AnswerError('provider_unreachable', `${pathname} answers with no JSON object`)
}

/** OpenID Connect Core 1.0 §5.3.2: issuer and audience should be there; where they are, they must be right. */
async function verifySigned(
  { keys, metadata, configuration }: DiscoveredProvider,
  jwt: string,
  now: EpochSeconds,
): Promise<Claims> {
  // RFC 7516 §3.1: five parts are an encrypted text.
  if (jwt.trim().split('.').length === 5)
    throw new AnswerError(
      'provider_failed',
      'UserInfo is encrypted, and Postern has no key for it: have it signed alone (userinfo_encrypted_response_alg)',
    )
  const options = { algorithms: ALGORITHMS, clockTolerance: TOLERANCE, currentDate: new Date(now * 1000) }
  const { payload } = await jwtVerify(jwt.trim(), keys, options)
  if (payload.iss !== undefined && payload.iss !== metadata.issuer)
    throw new AnswerError('provider_mistrusted', 'UserInfo is signed by another issuer (iss)')
  const { client_id: clientId } = configuration.clientMetadata()
  if (payload.aud !== undefined && ![payload.aud].flat().includes(clientId))
    throw new AnswerError('provider_mistrusted', 'UserInfo is for another client (aud)')
  return payload
}
