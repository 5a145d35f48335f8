import { UnsafeAddressError } from '../../../authn/issuers/safe-fetch.js'
import type { RefusalCode } from '../../../core/access/refusal.js'
import type { AssertionFault } from '../../../core/people/saml/assertion.js'
import { SignInFailure } from '../../failure.js'
import { networkFailure } from '../network-failure.js'

/** Thrown for a message or for metadata of a provider that cannot be used. */
export class AnswerFault extends Error {
  readonly failure: SignInFailure

  constructor(cause: string, code: RefusalCode = 'provider_mistrusted') {
    super(cause)
    this.failure = new SignInFailure(code, cause)
  }
}

/** Explains why an assertion is not accepted. */
export function explainFault({ cause, isOfClock }: AssertionFault): SignInFailure {
  return new SignInFailure(isOfClock ? 'provider_clock' : 'provider_mistrusted', cause)
}

/**
 * Explains an error on the way to a provider, or of its answer.
 *
 * @throws an error that is not the provider's, but a defect of ours
 */
export function explainSaml(error: unknown): SignInFailure {
  if (error instanceof AnswerFault) return error.failure
  if (error instanceof UnsafeAddressError) return new SignInFailure('provider_mistrusted', error.message)
  const failure = networkFailure(error)
  if (failure) return failure
  throw error
}
