import { errors } from 'jose'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { UnsafeAddressError } from '../../../authn/issuers/safe-fetch.js'
import type { RefusalCode } from '../../../core/access/refusal.js'
import { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'
import { AnswerError } from './answer.js'

/** The library's error codes; any other means a response that is not trusted. */
const CODES: Readonly<Record<string, RefusalCode>> = {
  OAUTH_TIMEOUT: 'provider_timeout',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'provider_clock',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'provider_unreachable',
  OAUTH_RESPONSE_IS_NOT_JSON: 'provider_unreachable',
}

/** `error=` of an authorization response (RFC 6749 §4.1.2.1) and of the token endpoint (RFC 6749 §5.2). */
const ANSWERS: Readonly<Record<string, RefusalCode>> = {
  access_denied: 'provider_denied',
  temporarily_unavailable: 'provider_unreachable',
  // The code was used already, or has expired.
  invalid_grant: 'sign_in_lost',
}

/**
 * Explains an error of a provider, to the user and for the log. The library's messages name no values, so they are quoted; its
 * error details do, and are not.
 *
 * @throws an error that is not the provider's, but a defect of ours
 */
export function explainOidc(error: unknown): SignInFailure {
  const failure = networkFailure(error)
  if (failure) return failure
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return answered(error.error)
  if (error instanceof WWWAuthenticateChallengeError)
    return new SignInFailure('provider_failed', `it asks for other credentials (status ${error.status})`)
  if (error instanceof AnswerError) return error.failure
  if (error instanceof UnsafeAddressError) return new SignInFailure('provider_mistrusted', error.message)
  if (isOfLibrary(error)) return new SignInFailure(CODES[error.code ?? ''] ?? 'provider_mistrusted', describe(error))
  if (error instanceof errors.JWTExpired || (error instanceof errors.JWTClaimValidationFailed && isTime(error.claim)))
    return new SignInFailure('provider_clock', `${error.claim}: ${error.message}`)
  if (error instanceof errors.JOSEError)
    return new SignInFailure(isBadJwks(error) ? 'provider_unreachable' : 'provider_mistrusted', error.message)
  throw error
}

function answered(word: string): SignInFailure {
  const quoted = /^[a-z_]{1,40}$/.test(word) ? word : 'something else'
  return new SignInFailure(ANSWERS[word] ?? 'provider_failed', `it answers "${quoted}"`)
}

/** Recognises the library's errors by class, or by code: some are of other classes. */
function isOfLibrary(error: unknown): error is ClientError {
  return error instanceof ClientError || String((error as { code?: unknown }).code).startsWith('OAUTH_')
}

function describe({ message, cause }: ClientError): string {
  if (cause instanceof Response) return `${message} (${cause.status})`
  return cause instanceof Error && !(cause instanceof SyntaxError) ? `${message}: ${cause.message}` : message
}

const isTime = (claim: string) => ['exp', 'iat', 'nbf'].includes(claim)

/** Returns whether the key set was missing, or not JSON. */
const isBadJwks = ({ code }: errors.JOSEError) => code === 'ERR_JOSE_GENERIC'
