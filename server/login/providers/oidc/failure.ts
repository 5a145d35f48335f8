import { errors } from 'jose'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import type { RefusalCode } from '../../../core/access/refusal.js'
import { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'
import { UnsafeAddressError } from '../safe-fetch.js'

/** The library's codes; whatever else it complains of is an answer that does not hold up. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  OAUTH_TIMEOUT: 'provider_timeout',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'provider_clock',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'provider_unreachable',
  OAUTH_RESPONSE_IS_NOT_JSON: 'provider_unreachable',
}

/** `error=` of an authorization response (RFC 6749, section 4.1.2.1) and of the token endpoint (section 5.2). */
const ANSWERS: Readonly<Record<string, RefusalCode>> = {
  access_denied: 'provider_denied',
  temporarily_unavailable: 'provider_unreachable',
  // The code was used already, or was waited with for too long.
  invalid_grant: 'sign_in_lost',
}

/**
 * What went wrong with a provider, for people and for the log. The library's own sentences name no values; what they were made
 * from does, and stays out.
 *
 * @throws what is no failure of the provider's but a mistake of ours
 */
export function explainOidc(error: unknown): SignInFailure {
  const onTheWay = networkFailure(error)
  if (onTheWay) return onTheWay
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return answered(error.error)
  if (error instanceof WWWAuthenticateChallengeError)
    return new SignInFailure('provider_failed', `it asks for other credentials (status ${error.status})`)
  if (error instanceof UnsafeAddressError) return new SignInFailure('provider_mistrusted', error.message)
  if (isOfLibrary(error)) return new SignInFailure(CODES[error.code ?? ''] ?? 'provider_mistrusted', say(error))
  if (error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && isTime(error.claim)))
    return new SignInFailure('provider_clock', `${error.claim}: ${error.message}`)
  if (error instanceof errors.JOSEError)
    return new SignInFailure(isBadJwks(error) ? 'provider_unreachable' : 'provider_mistrusted', error.message)
  throw error
}

function answered(word: string): SignInFailure {
  const known = /^[a-z_]{1,40}$/.test(word) ? word : 'something else'
  return new SignInFailure(ANSWERS[word] ?? 'provider_failed', `it answers "${known}"`)
}

/** Not every error of the library's is of its own class, but then it has one of its codes. */
function isOfLibrary(error: unknown): error is ClientError {
  return error instanceof ClientError || String((error as { code?: unknown }).code).startsWith('OAUTH_')
}

function say({ message, cause }: ClientError): string {
  if (cause instanceof Response) return `${message} (${cause.status})`
  return cause instanceof Error && !(cause instanceof SyntaxError) ? `${message}: ${cause.message}` : message
}

const isTime = (claim: string) => ['exp', 'iat', 'nbf'].includes(claim)

/** Its list of keys was not there, or was not JSON. */
const isBadJwks = ({ code }: errors.JOSEError) => code === 'ERR_JOSE_GENERIC'
