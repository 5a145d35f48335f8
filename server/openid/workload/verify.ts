import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { ALGORITHMS, TOLERANCE } from '../../authn/issuers/metadata.js'
import { inWords } from '../../core/duration.js'
import { ExchangeFault } from '../../core/openid/exchange.js'
import type { EpochSeconds } from '../../core/time.js'
import type { TrustedIssuer } from '../../settings/openid/trusted-issuers.js'
import { type IssuerKeys, whyNoKeys } from './issuer-keys.js'

/** An issuer with its keys. */
export interface KnownIssuer extends TrustedIssuer {
  readonly keys: IssuerKeys
}

/** What a JWT says that its issuer has signed. */
export interface Verified {
  readonly issuer: KnownIssuer
  readonly claims: JWTPayload & { readonly iat: number; readonly exp: number; readonly sub: string }
}

/** Seconds until a caller may try again while the keys of an issuer are away. */
const RETRY = 30

/**
 * Finds the issuer that a JWT names, among those that the site trusts.
 *
 * Attack: a JWT names its own key, or the address of one (`jwk`, `jku`, `x5u`). Its header chooses one of the issuer's keys and
 * nothing more, and its `iss` one of the site's issuers.
 */
export function issuerOf(jwt: string, issuers: ReadonlyMap<string, KnownIssuer>): KnownIssuer | ExchangeFault {
  const { iss, alg } = readUnverified(jwt)
  if (iss === undefined) return malformed('subject_token is no JWT with an issuer (iss)')
  const issuer = issuers.get(iss)
  if (!issuer) return malformed('subject_token is of no issuer that this site trusts (iss)')
  // Before its keys are fetched for it.
  return ALGORITHMS.includes(alg)
    ? issuer
    : malformed('subject_token is signed with no algorithm that is accepted (alg)')
}

function readUnverified(jwt: string): { readonly iss?: string; readonly alg: string } {
  try {
    const { iss } = decodeJwt(jwt)
    const { alg } = decodeProtectedHeader(jwt)
    return { ...(typeof iss === 'string' && { iss }), alg: String(alg) }
  } catch {
    return { alg: '' }
  }
}

/** Verifies the signature of a JWT, its times and its audience (RFC 7519 §4.1, RFC 8725). */
export async function verifyJwt(
  jwt: string,
  issuer: KnownIssuer,
  now: EpochSeconds,
): Promise<Verified | ExchangeFault> {
  try {
    const { payload } = await jwtVerify(jwt, issuer.keys.asOf(now), {
      algorithms: ALGORITHMS,
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: TOLERANCE,
      currentDate: new Date(now * 1000),
      maxTokenAge: issuer.maxAge,
    })
    const { iat, exp, sub } = payload
    if (iat === undefined || exp === undefined || typeof sub !== 'string') return malformed('subject_token has no sub')
    // Attack: a service that is among several audiences takes the JWT of its caller, and is served here as that caller.
    if ([payload.aud].flat().length > 1) return malformed('subject_token is for others, too (aud)')
    return { issuer, claims: { ...payload, iat, exp, sub } }
  } catch (error) {
    return explain(error, issuer)
  }
}

/** @throws an error that is neither the JWT's nor its issuer's, but a defect of ours */
function explain(error: unknown, { maxAge }: KnownIssuer): ExchangeFault {
  const away = whyNoKeys(error)
  if (away !== undefined)
    return new ExchangeFault('temporarily_unavailable', `the keys of the issuer cannot be fetched: ${away}`, RETRY)
  if (error instanceof errors.JWTExpired)
    return malformed(
      error.claim === 'iat' ? `subject_token was issued more than ${inWords(maxAge)} ago` : 'subject_token has expired',
    )
  if (error instanceof errors.JWTClaimValidationFailed) return malformed(`subject_token is not right in ${error.claim}`)
  if (error instanceof errors.JOSEError) return malformed('subject_token is not signed with a key of its issuer')
  throw error
}

function malformed(description: string): ExchangeFault {
  return new ExchangeFault('invalid_request', description)
}
